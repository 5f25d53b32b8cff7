import type { SchemaForm } from "./compile-schema.ts";

export interface CompileRequest {
  /** The schema as JSON. */
  readonly text: string;
  /** Milliseconds after which the schema is given up as `late`; null = as long as the thread lives. */
  readonly tryMs: number | null;
}

export type CompileReply =
  | { readonly kind: "ready" }
  | { readonly kind: "compiled"; readonly form: SchemaForm }
  | { readonly kind: "refused"; readonly reason: string; readonly isLimit: boolean }
  | { readonly kind: "late" };
