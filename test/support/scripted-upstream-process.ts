import { parseArgs } from "node:util";
import { createScriptedUpstream } from "./scripted-upstream.ts";

// The scripted upstream as a process of its own: prints `{"baseUrl":"…"}` and serves until it is ended.
//   node test/support/scripted-upstream-process.ts --port 0 --models gpt-4o-mini --script '{"kind":"answer"}'
const { values } = parseArgs({
  options: { port: { type: "string" }, models: { type: "string" }, script: { type: "string" } },
});
const upstream = await createScriptedUpstream({
  port: Number(values.port ?? 0),
  models: values.models?.split(","),
  script: values.script === undefined ? undefined : JSON.parse(values.script),
});
process.stdout.write(`${JSON.stringify({ baseUrl: upstream.baseUrl })}\n`);
process.on("SIGTERM", () => process.exit(0));
