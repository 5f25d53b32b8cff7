import type { DatabaseAddress } from "../database-url.ts";
import type { Origin } from "../erasure/tombstones.ts";

/** As the drivers bind it. */
export type DriverValue = string | number | boolean | null;

/** One row for one of the log's tables; values in the order of its plan. */
export interface LogRow {
  readonly table: LogTable;
  readonly values: readonly DriverValue[];
}

/** Rows that are stored together or not at all. */
export interface WriteUnit {
  readonly id: string;
  readonly rows: readonly LogRow[];
  /** Whose they are, for erasures. */
  readonly origin: Origin;
  /** Number of the promise that they keep; null for what nobody was promised. */
  readonly promise: number | null;
}

/** A record on its way to the thread, its contents as they came. */
export interface LogEntry extends Pick<WriteUnit, "id" | "promise"> {
  /** `PackedRows` as JSON. */
  readonly text: string;
  /** What belongs into the rows' content columns, in their order. */
  readonly contents: readonly (string | null)[];
  /** In memory, roughly. */
  readonly bytes: number;
}

export interface PackedRows extends Pick<WriteUnit, "origin" | "rows"> {
  /** What is private leaves the contents' texts; pictures leave them in any case. */
  readonly redactsTexts: boolean;
}

/** An entry as it lies in a spool. */
export interface SpooledEntry {
  readonly id: string;
  /** `rows`, or by an earlier version the kind of record that the text is. */
  readonly kind: "rows" | "inference" | "shadow" | "feedback";
  /** JSON. */
  readonly text: string;
  readonly promise: number | null;
}

/** How a column's values are bound. */
export type ColumnForm = "plain" | "exact" | "json" | "flag";

/** A table as the thread needs it, so that it starts without Drizzle. */
export interface TablePlan {
  readonly table: string;
  readonly key: string;
  readonly columns: readonly {
    readonly name: string;
    readonly property: string;
    readonly form: ColumnForm;
    /** As the database calls it. */
    readonly type: string;
    /** Holds what people and models wrote. */
    readonly isContent: boolean;
  }[];
}

export type LogTable = "inference" | "body" | "attempt" | "shadow" | "feedback";
export type TablePlans = Readonly<Record<LogTable, TablePlan>>;

interface SpoolSetup {
  /** Folder of all processes' spools; this process has one of its own in it, named by `writer.id`. */
  readonly folder: string;
  readonly maxBytes: number;
}

/** Who writes, for the row that says how far it came. */
export interface WriterIdentity {
  readonly id: string;
  readonly host: string;
  readonly startedAt: number;
}

/** What the thread starts with. */
export interface WriterSetup {
  readonly address: DatabaseAddress;
  readonly plans: TablePlans;
  /** False where flags are 0 and 1. */
  readonly hasBooleans: boolean;
  readonly writer: WriterIdentity;
  /** Null for a process that records nothing worth keeping through an outage, such as a command. */
  readonly spool: SpoolSetup | null;
}

/** A statement as Drizzle's `toSQL` gives it. */
export interface Statement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

export interface WriteRequest {
  readonly kind: "write";
  readonly batch: number;
  readonly entries: readonly LogEntry[];
  /** Somebody waits until these outlast a power cut. */
  readonly isDurable: boolean;
  /** The queue is over its limit: to the spool with them, which is quicker than the database. */
  readonly isSpill: boolean;
}

export type WriterRequest =
  | WriteRequest
  | { readonly kind: "execute"; readonly call: number; readonly statements: readonly Statement[] }
  /** Answered as executed, with 1 change when deleted contents are gone from beside the tables too. */
  | { readonly kind: "scrub"; readonly call: number }
  /** Answered as executed, with 1 change when the database was rewritten. */
  | { readonly kind: "rewrite"; readonly call: number; readonly maxBytes: number }
  /** `dropped`: promised rows that the queue could not take. */
  | { readonly kind: "close"; readonly dropped: number };

export interface WriteFailure {
  readonly id: string;
  readonly code: string;
}

/** What the thread tells of itself whenever it changes. */
export interface WriterState {
  /** The database's code while it cannot write, else null. */
  readonly databaseTrouble: string | null;
  /** The code of the disk, or "FULL" at the spool's limit, while nothing more can be spooled, else null. */
  readonly spoolTrouble: string | null;
  readonly spoolBytes: number;
  /** Entries of the spool that reached the database. */
  readonly drained: number;
  /** Of those, refused for what they hold. */
  readonly refused: number;
  /** Of those, left out because they belong to what was erased. */
  readonly erased: number;
  /** Damaged entries of the spool that were skipped. */
  readonly damaged: number;
  /** Promises that processes before this one could not keep. */
  readonly lost: number;
}

export type WriterReply =
  /** The thread runs, and has tried to reach the database. */
  | { readonly kind: "ready" }
  | {
      readonly kind: "written";
      readonly batch: number;
      readonly failures: readonly WriteFailure[];
      /** Entries left out because they belong to what was erased. */
      readonly erased: number;
      /** The entries lie in the spool, not in the database yet. */
      readonly isSpooled: boolean;
    }
  /** `code` is null when the statements were committed. */
  | {
      readonly kind: "executed";
      readonly call: number;
      readonly changes: number;
      readonly code: string | null;
    }
  | { readonly kind: "state"; readonly state: WriterState };
