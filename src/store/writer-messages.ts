import type { DriverValue } from "./row-encoder.ts";

/** One row for one of the prepared inserts. */
export interface EncodedRow {
  /** Name of the insert in `WriterSetup.inserts`. */
  readonly table: string;
  readonly values: readonly DriverValue[];
}

/** Rows that are stored together or not at all. */
export interface WriteUnit {
  readonly id: string;
  readonly rows: readonly EncodedRow[];
}

/** What the thread starts with. */
export interface WriterSetup {
  readonly path: string;
  /** Table name to INSERT text. */
  readonly inserts: Readonly<Record<string, string>>;
}

/** A statement as Drizzle's `toSQL` gives it. */
export interface Statement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

export type WriterRequest =
  | { readonly kind: "write"; readonly batch: number; readonly units: readonly WriteUnit[] }
  | { readonly kind: "execute"; readonly call: number; readonly statements: readonly Statement[] }
  | { readonly kind: "close" };

export interface WriteFailure {
  readonly id: string;
  readonly code: string;
}

export type WriterReply =
  | { readonly kind: "written"; readonly batch: number; readonly failures: readonly WriteFailure[] }
  /** `code` is null when the statements were committed. */
  | {
      readonly kind: "executed";
      readonly call: number;
      readonly changes: number;
      readonly code: string | null;
    }
  /** The database cannot write at the moment; the thread keeps trying. */
  | { readonly kind: "stalled"; readonly code: string };
