import type { SQL } from "drizzle-orm";
import { sql } from "./drizzle.ts";
import type { LogDatabase } from "./open-database.ts";

/** The conditions of the partial indexes on `inferences`, spelt as these spell them: so the planner knows they apply. */
export function matchRareRows({ inferences }: LogDatabase["tables"]): {
  readonly failed: SQL;
  readonly verdictFailed: SQL;
  readonly fellBack: SQL;
} {
  return {
    failed: sql`${inferences.status} <> 200`,
    verdictFailed: sql`${inferences.verdict} = 'fail'`,
    fellBack: sql`${inferences.fallbackReason} is not null`,
  };
}
