import type { SchemaForm } from "./compile-schema.ts";

export interface CompileRequest {
  /** The schema as JSON. */
  readonly text: string;
}

export type CompileReply =
  | { readonly kind: "ready" }
  | { readonly kind: "compiled"; readonly form: SchemaForm }
  | { readonly kind: "refused"; readonly reason: string; readonly isLimit: boolean };
