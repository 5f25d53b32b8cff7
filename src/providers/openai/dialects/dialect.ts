import type { RequestRule } from "../requests/request-rule.ts";
import type { SchemaForm } from "../requests/schema-form.ts";

export const DIALECTS = ["openai", "azure", "llama-server", "vllm", "ollama", "generic"] as const;
export type DialectName = (typeof DIALECTS)[number];

export type Endpoint = "chat/completions" | "embeddings" | "models";

export interface Place {
  /** Path of the configured base URL, without a slash at its end. */
  readonly basePath: string;
  readonly endpoint: Endpoint;
  /** The target's model; null where the endpoint has none. */
  readonly model: string | null;
  /** Azure's dated version, when one is configured. */
  readonly apiVersion: string | undefined;
}

/** In what one family of upstreams differs from OpenAI; how they answer is read alike for all of them. */
export interface Dialect {
  readonly name: DialectName;
  /** Path and query of an endpoint. */
  locate(place: Place): string;
  createKeyHeaders(apiKey: string): Readonly<Record<string, string>>;
  /** Applied in order to what the client asked for. */
  readonly rules: readonly RequestRule[];
  /** How a JSON schema reaches the model unless the configuration says otherwise. */
  readonly schemaForm: SchemaForm;
  /** What makes a server call a function: the field for it, or a schema where the field alone does not. */
  readonly forcedCalls: "tool_choice" | "schema";
  /** Request fields without effect there; taken out and named in the answer's facts. */
  readonly unsupported: readonly string[];
}
