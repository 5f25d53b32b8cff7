import type { EmbeddingsRequest } from "../../protocol/embeddings.ts";
import { type FieldEntry, listFields } from "./field-support.ts";

/** Every field of an embeddings request; what is not here is dropped. */
export const EMBEDDING_FIELD_SUPPORT: readonly FieldEntry[] = [
  ...listFields("supported", {
    model: "A registered model that makes embeddings, or an alias.",
    "input (text, texts)":
      "Up to 2,048, each in one piece: one that is longer than the context is refused, never cut.",
    "input (token ids)":
      "Ids of the served model's own vocabulary, not of OpenAI's; those that the model wants at both ends are added where missing.",
    encoding_format: "float or base64 (little-endian 32-bit floats), of length 1 as OpenAI's.",
    user: "For the gateway's log and stickiness; the model does not see it.",
  }),
  ...listFields("refused", {
    dimensions:
      "Only the model's own number is taken. Of a model that is registered with `matryoshka: true` the first numbers are given, brought to length 1 again.",
  }),
];

const USED = new Set(["model", "input", "encoding_format", "dimensions", "user"]);

/** Fields that the local engine has no use for. */
export function listDroppedEmbeddingFields(request: EmbeddingsRequest): string[] {
  return Object.entries(request).flatMap(([name, value]) =>
    USED.has(name) || value === undefined || value === null ? [] : [name],
  );
}
