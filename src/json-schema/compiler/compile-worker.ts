/** The thread in which clients' schemas are compiled: one at a time, so that a late one is known to be the slow one. */
import { parentPort } from "node:worker_threads";
import { JsonSchemaError, JsonSchemaLimitError } from "../json-schema-error.ts";
import type { CompileReply, CompileRequest } from "./compile-messages.ts";
import { compileSchema } from "./compile-schema.ts";

const port = parentPort;
if (port === null) throw new Error("compile-worker.ts runs as a worker thread.");

port.on("message", ({ text }: CompileRequest) => {
  void compileSchema(JSON.parse(text)).then(
    (form) => port.postMessage({ kind: "compiled", form } satisfies CompileReply),
    (error: unknown) => {
      const reason = error instanceof JsonSchemaError ? error.message : "# cannot be compiled";
      const isLimit = error instanceof JsonSchemaLimitError;
      port.postMessage({ kind: "refused", reason, isLimit } satisfies CompileReply);
    },
  );
});
port.postMessage({ kind: "ready" } satisfies CompileReply);
