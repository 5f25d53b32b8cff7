import { type EmbeddingsAnswer, embeddingsAnswerSchema } from "../../../protocol/embeddings.ts";
import { ProviderError } from "../../provider-error.ts";
import { convertErrorBodyToProviderError } from "../calls/response-error.ts";

/** A 200 body as embeddings; throws ProviderError `invalid_response` for everything else. */
export function parseEmbeddings(text: string, { secret }: { secret?: string | undefined }): EmbeddingsAnswer {
  const value = parseJson(text);
  const answer = embeddingsAnswerSchema.safeParse(value);
  if (answer.success) return answer.data;
  throw (
    convertErrorBodyToProviderError(value, { kind: "invalid_response", secret }) ??
    new ProviderError("The upstream's answer is not a list of embeddings.", { kind: "invalid_response" })
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Refused by the schema a line later, with the same error as another wrong shape.
    return null;
  }
}
