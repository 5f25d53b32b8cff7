import { SseLimitError } from "../../protocol/sse-decoder.ts";
import { ProviderError } from "../provider-error.ts";

/** Whatever went wrong between us and the upstream as a ProviderError. Addresses stay in `cause`. */
export function convertTransportErrorToProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof SseLimitError) {
    return new ProviderError("The upstream sent an event that is too large.", {
      kind: "invalid_response",
      cause: error,
    });
  }
  const code = readCode(error);
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") {
    return new ProviderError("The upstream did not accept the connection in time.", {
      kind: "timeout",
      cause: error,
    });
  }
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    return new ProviderError("The upstream's answer is too large.", {
      kind: "invalid_response",
      cause: error,
    });
  }
  if (code.startsWith("HPE_")) {
    return new ProviderError("The upstream does not speak HTTP.", { kind: "invalid_response", cause: error });
  }
  const what = code === "" ? "cannot be reached" : `cannot be reached (${code})`;
  return new ProviderError(`The upstream ${what}.`, { kind: "unavailable", cause: error });
}

function readCode(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
