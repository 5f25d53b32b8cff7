import { keepWasmWrappers } from "../../../src/cli/keep-wasm-wrappers.ts";
import { MODELS, startClientGateway } from "./start-client-gateway.ts";

// The client gateway as a process of its own, for clients in other languages: prints `{"baseUrl":"…","models":[…]}` and
// serves until its standard input ends, so that it never outlives whoever started it.
keepWasmWrappers();
const served = await startClientGateway();
process.stdout.write(`${JSON.stringify({ baseUrl: served.baseURL, models: MODELS })}\n`);
process.stdin.resume();
process.stdin.once("end", async () => {
  await served.close();
  process.exit(0);
});
