import { index, integer, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { exactText, id, json } from "./columns.ts";

/** Registered models and adapters, as the registry on disk names them. */
export const models = sqliteTable(
  "models",
  {
    id: id(),
    name: text().notNull(),
    version: text().notNull(),
    baseModel: text(),
    sha256: text(),
    licenseClass: text(),
    manifestHash: text(),
    report: json<unknown>(),
    state: text().$type<"registered" | "promoted" | "retired">().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [uniqueIndex("models_name_version_index").on(table.name, table.version)],
);

/** One pass dataset → train → evaluate → export → register. */
export const rounds = sqliteTable(
  "rounds",
  {
    id: id(),
    state: text().$type<"running" | "passed" | "failed" | "cancelled">().notNull(),
    /** Name, state, times and report of each step. */
    steps: json<unknown>().notNull(),
    manifestHash: text(),
    modelId: text(),
    report: json<unknown>(),
    startedAt: integer().notNull(),
    finishedAt: integer(),
  },
  (table) => [index("rounds_started_at_index").on(table.startedAt)],
);

/** A target's way up (or back down) in a route's percents. */
export const ramps = sqliteTable(
  "ramps",
  {
    id: id(),
    route: text().notNull(),
    target: text().notNull(),
    state: text().$type<"running" | "paused" | "done" | "rolled-back">().notNull(),
    percent: real().notNull(),
    /** Steps and gates. */
    plan: json<unknown>().notNull(),
    reason: exactText(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [index("ramps_route_index").on(table.route, table.state)],
);
