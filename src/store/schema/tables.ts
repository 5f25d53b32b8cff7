import { createConfigurationTables } from "./configuration.ts";
import { createDatasetTables } from "./dataset.ts";
import { createFeedbackTables } from "./feedback.ts";
import { createInferenceTables } from "./inferences.ts";
import { createLifecycleTables } from "./lifecycle.ts";
import { createLogWriterTables } from "./log-writers.ts";
import { createShadowTables } from "./shadow-answers.ts";
import type { ColumnKit } from "./sqlite-kit.ts";

/** Every table, made with the kit of one database. */
export function createTables(kit: ColumnKit) {
  return {
    ...createInferenceTables(kit),
    ...createShadowTables(kit),
    ...createFeedbackTables(kit),
    ...createLogWriterTables(kit),
    ...createConfigurationTables(kit),
    ...createDatasetTables(kit),
    ...createLifecycleTables(kit),
  };
}

export type Tables = ReturnType<typeof createTables>;
