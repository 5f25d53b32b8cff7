import { keepWasmWrappers } from "./cli/keep-wasm-wrappers.ts";
import { reportFailure } from "./cli/report-failure.ts";
import { serve } from "./cli/serve.ts";

keepWasmWrappers();
// `npm start`. Ends by itself: an engine process or thread that hangs must not keep a drained gateway alive.
process.exit(await serve().catch(reportFailure));
