/** For how many days rows are kept; what has no number stays. */
export interface RetentionPolicy {
  /** Contents of requests and answers. Never longer than their rows. */
  readonly bodiesDays?: number | undefined;
  /** Requests: what is known of them besides their contents, and the calls made for them. */
  readonly rowsDays?: number | undefined;
  /** What shadows answered. Never longer than the rows either. */
  readonly shadowsDays?: number | undefined;
  readonly feedbackDays?: number | undefined;
  readonly auditDays?: number | undefined;
}

export const RETAINED_TABLES = [
  "inferenceBodies",
  "attempts",
  "inferences",
  "shadowAnswers",
  "feedback",
  "audit",
] as const;
type RetainedTable = (typeof RETAINED_TABLES)[number];

/** By table, in the order in which rows go. */
export type RetentionCounts = Readonly<Record<RetainedTable, number>>;

/** Rows of the table made before this time, in Unix milliseconds, have expired. */
export interface RetentionRule {
  readonly table: RetainedTable;
  readonly beforeMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Empty when nothing ever expires. */
export function listRetentionRules(policy: RetentionPolicy, nowMs: number): readonly RetentionRule[] {
  return RETAINED_TABLES.flatMap((table) => {
    const days = findDays(table, policy);
    return days === undefined ? [] : [{ table, beforeMs: nowMs - days * DAY_MS }];
  });
}

function findDays(table: RetainedTable, policy: RetentionPolicy): number | undefined {
  const { rowsDays } = policy;
  switch (table) {
    case "inferenceBodies":
      return pickShorter(policy.bodiesDays, rowsDays);
    case "attempts":
    case "inferences":
      return rowsDays;
    case "shadowAnswers":
      return pickShorter(policy.shadowsDays, rowsDays);
    case "feedback":
      return policy.feedbackDays;
    case "audit":
      return policy.auditDays;
    default:
      return table satisfies never;
  }
}

function pickShorter(days: number | undefined, others: number | undefined): number | undefined {
  return days === undefined || others === undefined ? (days ?? others) : Math.min(days, others);
}

export function createRetentionCounts(): Record<RetainedTable, number> {
  return { inferenceBodies: 0, attempts: 0, inferences: 0, shadowAnswers: 0, feedback: 0, audit: 0 };
}
