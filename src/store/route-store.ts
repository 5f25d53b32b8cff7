import { asc, desc, eq, sql } from "drizzle-orm";
import { createUuidV7 } from "../protocol/ids.ts";
import type { RouteStore, RouteVersionRow } from "./inference-log.ts";
import type { Queries } from "./queries.ts";
import { routeVersions } from "./schema/index.ts";
import { RouteVersionConflict, StoreWriteError } from "./store-errors.ts";
import type { WriteBehind } from "./write-behind.ts";

/** Versions of routes. The unique (name, version) pair decides between two writers, in whatever processes they are. */
export function createRouteStore(queries: Queries, writer: Pick<WriteBehind, "execute">): RouteStore {
  return {
    async listCurrent() {
      const current = sql`(${routeVersions.name}, ${routeVersions.version}) in (select ${routeVersions.name}, max(${routeVersions.version}) from ${routeVersions} group by ${routeVersions.name})`;
      return queries
        .select()
        .from(routeVersions)
        .where(current)
        .orderBy(asc(routeVersions.name))
        .all()
        .map(convertRowToVersion);
    },

    async append(row) {
      const statement = queries
        .insert(routeVersions)
        .values({ ...row, id: createUuidV7(row.createdAt) })
        .toSQL();
      try {
        await writer.execute([statement]);
      } catch (error) {
        const isTaken = error instanceof StoreWriteError && error.code.startsWith("SQLITE_CONSTRAINT_UNIQUE");
        throw isTaken ? new RouteVersionConflict({ route: row.name, version: row.version }) : error;
      }
    },

    async history(name) {
      return queries
        .select()
        .from(routeVersions)
        .where(eq(routeVersions.name, name))
        .orderBy(desc(routeVersions.version))
        .all()
        .map(convertRowToVersion);
    },
  };
}

function convertRowToVersion({ id: _, ...row }: typeof routeVersions.$inferSelect): RouteVersionRow {
  return row;
}
