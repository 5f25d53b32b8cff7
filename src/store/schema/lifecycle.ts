import type { ColumnKit } from "./sqlite-kit.ts";

/** Models, the rounds that made them, and their way into traffic. */
export function createLifecycleTables({
  table,
  index,
  uniqueIndex,
  id,
  text,
  exactText,
  json,
  bigint,
  real,
}: ColumnKit) {
  /** Registered models and adapters, as the registry on disk names them. */
  const models = table(
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
      createdAt: bigint().notNull(),
    },
    (row) => [uniqueIndex("models_name_version_index").on(row.name, row.version)],
  );

  /** One pass dataset → train → evaluate → export → register. */
  const rounds = table(
    "rounds",
    {
      id: id(),
      state: text().$type<"running" | "passed" | "failed" | "cancelled">().notNull(),
      /** Name, state, times and report of each step. */
      steps: json<unknown>().notNull(),
      manifestHash: text(),
      modelId: text(),
      report: json<unknown>(),
      startedAt: bigint().notNull(),
      finishedAt: bigint(),
    },
    (row) => [index("rounds_started_at_index").on(row.startedAt)],
  );

  /** A target's way up (or back down) in a route's percents. */
  const ramps = table(
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
      createdAt: bigint().notNull(),
      updatedAt: bigint().notNull(),
    },
    (row) => [index("ramps_route_index").on(row.route, row.state)],
  );

  return { models, rounds, ramps };
}
