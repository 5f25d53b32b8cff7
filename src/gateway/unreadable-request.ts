import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { OpenAiError } from "../protocol/openai-error.ts";
import { createErrorAnswer, createErrorResponse } from "./error-response.ts";

/** The answer to a request whose line or headers Node reads but no URL can be made of. */
export function refuseAddress(): Response {
  return createErrorResponse(createAddressError(), undefined);
}

function createAddressError(): OpenAiError {
  return new OpenAiError("The request's address or host header is invalid.", {
    status: 400,
    code: "invalid_request",
  });
}

/** Answers bytes that are no HTTP request on their connection, in the envelope, and closes it. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const { status, headers, body } = createErrorAnswer(createParseError(error.code), undefined);
  const lines = Object.entries({
    ...headers,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}

function createParseError(code: string | undefined): OpenAiError {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new OpenAiError("The request's headers are too large.", {
        status: 431,
        code: "headers_too_large",
      });
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new OpenAiError("The request did not arrive in time.", { status: 408, code: "request_timeout" });
    default:
      return new OpenAiError("The request is not valid HTTP.", { status: 400, code: "invalid_request" });
  }
}
