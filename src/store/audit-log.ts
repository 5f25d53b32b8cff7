import { createUuidV7 } from "../protocol/ids.ts";
import { and, desc, eq, lt } from "./drizzle.ts";
import type { LogDatabase } from "./open-database.ts";
import type { Tables } from "./schema/tables.ts";
import type { WriteBehind } from "./writer/write-behind.ts";

type AuditTable = Tables["audit"];
type AuditRow = AuditTable["$inferSelect"];
/** `detail` may be left out. */
type AuditEntry = Omit<AuditTable["$inferInsert"], "id" | "createdAt">;

interface AuditPage {
  readonly limit: number;
  /** Last id of the page before. */
  readonly cursor?: string | undefined;
  readonly subject?: string | undefined;
}

export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(page: AuditPage): Promise<readonly AuditRow[]>;
}

export interface AuditLogOptions {
  readonly database: Pick<LogDatabase, "queries" | "tables">;
  readonly writer: Pick<WriteBehind, "execute">;
  readonly now?: (() => number) | undefined;
}

export function createAuditLog({ database, writer, now = Date.now }: AuditLogOptions): AuditLog {
  const { queries } = database;
  const { audit } = database.tables;
  return {
    async append(entry) {
      const createdAt = now();
      const row = { ...entry, id: createUuidV7(createdAt), createdAt };
      await writer.execute([queries.insert(audit).values(row).toSQL()]);
    },

    async list({ limit, cursor, subject }) {
      return queries
        .select()
        .from(audit)
        .where(
          and(
            cursor === undefined ? undefined : lt(audit.id, cursor),
            subject === undefined ? undefined : eq(audit.subject, subject),
          ),
        )
        .orderBy(desc(audit.id))
        .limit(limit);
    },
  };
}
