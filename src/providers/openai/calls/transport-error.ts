import { SseLimitError } from "../../../protocol/sse-decoder.ts";
import { ProviderError, type ProviderErrorData } from "../../provider-error.ts";

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
  const { message, ...data } = explainCode(code);
  return new ProviderError(code === "" ? `${message}.` : `${message} (${code}).`, { ...data, cause: error });
}

type Explanation = Pick<ProviderErrorData, "kind" | "shouldRetry"> & { readonly message: string };

function explainCode(code: string): Explanation {
  switch (code) {
    case "UND_ERR_CONNECT_TIMEOUT":
    case "ETIMEDOUT":
      return { message: "The upstream did not accept the connection in time", kind: "timeout" };
    case "UND_ERR_RES_EXCEEDED_MAX_SIZE":
      return { message: "The upstream's answer is too large", kind: "invalid_response" };
    case "ENOTFOUND":
      // EAI_AGAIN, a name server that is away, passes; a name that does not exist stays away.
      return { message: "The upstream's name is not known", kind: "unavailable", shouldRetry: false };
    case "UND_ERR_CLOSED":
    case "UND_ERR_DESTROYED":
      return {
        message: "The connections to the upstream are closed",
        kind: "unavailable",
        shouldRetry: false,
      };
    default:
      if (code.startsWith("HPE_"))
        return { message: "The upstream does not speak HTTP", kind: "invalid_response", shouldRetry: false };
      if (isCertificateCode(code))
        return {
          message: "The upstream's certificate is not trusted",
          kind: "unavailable",
          shouldRetry: false,
        };
      return { message: "The upstream cannot be reached", kind: "unavailable" };
  }
}

function isCertificateCode(code: string): boolean {
  return (
    code.startsWith("ERR_TLS_CERT") || code.includes("CERT") || code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
  );
}

function readCode(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
