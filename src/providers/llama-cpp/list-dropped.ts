import type { ChatCompletionRequest } from "../../protocol/chat-request.ts";
import { listNonTextParts } from "../../protocol/text-of-message.ts";
import { FIELD_SUPPORT } from "./field-support.ts";

/** Names go into a header, and clients may invent them. */
const PRINTABLE = /^[\w.-]{1,64}$/;
const MAX_NAMES = 20;

/** What a stylist's constraint decides itself. */
const FIELDS_BESIDE_CONSTRAINT = ["stop", "logprobs", "top_logprobs"];

const KNOWN_FIELDS = new Set(
  FIELD_SUPPORT.filter(({ support }) => support !== "dropped").map(({ field }) =>
    field.replace(/[ .[].*$/, ""),
  ),
);

/** Parts of the request that were not used for its answer. */
export function listDropped(
  request: ChatCompletionRequest,
  options: { readonly hasConstraint: boolean },
): string[] {
  const unused = Object.keys(request).filter((field) => {
    const isKnown =
      KNOWN_FIELDS.has(field) && !(options.hasConstraint && FIELDS_BESIDE_CONSTRAINT.includes(field));
    return !isKnown && !field.startsWith("tailor_") && asksForSomething(field, request[field]);
  });
  const names = [...listNonTextParts(request.messages), ...unused];
  return names.filter((name) => PRINTABLE.test(name)).slice(0, MAX_NAMES);
}

/** Whether leaving the field out could have made a difference. */
function asksForSomething(field: string, value: unknown): boolean {
  if (field === "modalities" && Array.isArray(value)) return value.some((modality) => modality !== "text");
  if (field === "service_tier") return value !== "auto" && value !== "default" && Boolean(value);
  if (Array.isArray(value)) return value.length > 0;
  return Boolean(value);
}
