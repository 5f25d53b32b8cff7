import type { ClientRecord } from "./client-load.ts";
import { readLogRows } from "./log-rows.ts";

export interface FaultSettings {
  /** How often a process is killed. */
  readonly kills: number;
  /** How long a database stays away. */
  readonly outageMs: number;
}

export interface FaultResult {
  readonly fault: string;
  readonly sent: number;
  readonly answered: number;
  readonly rows: number;
  /** Answered to the client and not in the log. */
  readonly lost: number;
  /** What the gateway's own counters say is lost or dropped. */
  readonly counted: number;
  /** Remarks for the table. */
  readonly note?: string;
  /** Why the fault was not withstood; empty when it was. */
  readonly problems: readonly string[];
}

/** A way to break things, and what must hold afterwards. */
export interface Fault {
  readonly name: string;
  run(settings: FaultSettings): Promise<FaultResult>;
}

export interface Comparison {
  readonly fault: string;
  readonly databaseUrl: string;
  readonly records: readonly ClientRecord[];
  readonly mode: "async" | "strict";
  /** Rows dropped by processes that lived to tell. */
  readonly dropped?: number;
  /** Also what is counted and not lost is a problem: for faults in which every dropped row was answered. */
  readonly isExact?: boolean;
  readonly note?: string;
  /** Further things that went wrong. */
  readonly problems?: readonly (string | false)[];
}

/** Holds the log against the clients' own records: nothing twice, nothing in halves, nothing lost that is not counted. */
export async function compareWithClients(comparison: Comparison): Promise<FaultResult> {
  const { fault, databaseUrl, records, mode, dropped = 0, isExact = false, note } = comparison;
  const log = await readLogRows(databaseUrl);
  const answered = records.flatMap(({ answered: ids }) => [...ids.keys()]);
  const lost = answered.filter((id) => !log.requests.has(id)).length;
  const doubled = [...log.requests.values()].filter((count) => count > 1).length;
  const counted = log.lost + dropped;
  const problems = [
    answered.length < 20 && `only ${answered.length} answers: the fault was not tried under load`,
    lost > counted && `${lost} answered requests are not in the log, and ${counted} are counted`,
    isExact && lost < counted && `${counted} rows are counted as lost, and ${lost} are`,
    mode === "strict" && lost > 0 && `strict mode lost ${lost} answered requests`,
    doubled > 0 && `${doubled} requests are in the log twice`,
    log.torn > 0 && `${log.torn} rows lack their attempt or their body`,
    ...(comparison.problems ?? []),
  ].filter((problem) => problem !== false);
  const sent = records.reduce((sum, record) => sum + record.sent.size, 0);
  const result = { fault, sent, answered: answered.length, rows: log.rows, lost, counted, problems };
  return note === undefined ? result : { ...result, note };
}
