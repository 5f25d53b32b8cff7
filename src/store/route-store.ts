import { createUuidV7 } from "../protocol/ids.ts";
import { asc, desc, eq, sql } from "./drizzle.ts";
import type { RouteStore, RouteVersionRow } from "./inference-log.ts";
import type { LogDatabase } from "./open-database.ts";
import type { Tables } from "./schema/tables.ts";
import { isUniqueViolation, RouteVersionConflict } from "./store-errors.ts";
import type { WriteBehind } from "./writer/write-behind.ts";

/** Versions of routes. The unique (name, version) pair decides between two writers, in whatever processes they are. */
export function createRouteStore(
  { queries, tables }: Pick<LogDatabase, "queries" | "tables">,
  writer: Pick<WriteBehind, "execute">,
): RouteStore {
  const { routeVersions } = tables;
  return {
    async listCurrent() {
      const current = sql`(${routeVersions.name}, ${routeVersions.version}) in (select ${routeVersions.name}, max(${routeVersions.version}) from ${routeVersions} group by ${routeVersions.name})`;
      const rows = await queries.select().from(routeVersions).where(current).orderBy(asc(routeVersions.name));
      return rows.map(convertRowToVersion);
    },

    async append(row) {
      const statement = queries
        .insert(routeVersions)
        .values({ ...row, id: createUuidV7(row.createdAt) })
        .toSQL();
      try {
        await writer.execute([statement]);
      } catch (error) {
        throw isUniqueViolation(error)
          ? new RouteVersionConflict({ route: row.name, version: row.version })
          : error;
      }
    },

    async history(name) {
      const rows = await queries
        .select()
        .from(routeVersions)
        .where(eq(routeVersions.name, name))
        .orderBy(desc(routeVersions.version));
      return rows.map(convertRowToVersion);
    },
  };
}

function convertRowToVersion({ id: _, ...row }: Tables["routeVersions"]["$inferSelect"]): RouteVersionRow {
  return row;
}
