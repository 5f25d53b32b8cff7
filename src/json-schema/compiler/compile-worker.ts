/** The thread in which clients' schemas are compiled: one at a time, so that a late one is known to be the slow one. */
import { parentPort } from "node:worker_threads";
import { JsonSchemaError, JsonSchemaLimitError } from "../json-schema-error.ts";
import { TimeLimitExceeded } from "../validation/run-limited.ts";
import type { CompileReply, CompileRequest } from "./compile-messages.ts";
import { createSchemaFormer } from "./compile-schema.ts";

const port = parentPort;
if (port === null) throw new Error("compile-worker.ts runs as a worker thread.");

const formSchema = createSchemaFormer();

port.on("message", ({ text, tryMs }: CompileRequest) => {
  void formSchema(JSON.parse(text), tryMs).then(
    (form) => port.postMessage({ kind: "compiled", form } satisfies CompileReply),
    (error: unknown) => port.postMessage(describeFailure(error)),
  );
});
port.postMessage({ kind: "ready" } satisfies CompileReply);

function describeFailure(error: unknown): CompileReply {
  if (error instanceof TimeLimitExceeded) return { kind: "late" };
  const reason = error instanceof JsonSchemaError ? error.message : "# cannot be compiled";
  return { kind: "refused", reason, isLimit: error instanceof JsonSchemaLimitError };
}
