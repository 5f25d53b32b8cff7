import { sqliteKit } from "./sqlite-kit.ts";
import { createTables } from "./tables.ts";

/** One export a table: drizzle-kit reads this file to write the migrations. */
export const {
  apiKeys,
  attempts,
  audit,
  feedback,
  inferenceBodies,
  inferences,
  logWriters,
  models,
  ramps,
  reviews,
  rounds,
  routeVersions,
  samples,
  shadowAnswers,
  tombstones,
} = createTables(sqliteKit);
