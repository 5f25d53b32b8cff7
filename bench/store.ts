/**
 * `npm run bench -- store [--rows 1000000] [--bare-rows 200000] [--seconds 6] [--rounds 3]
 *   [--rate 1000] [--postgres postgres://postgres@127.0.0.1:5432]`
 *
 * Rows a second that the log takes, a row being a request with its 3 KB of body and one attempt, on SQLite and on
 * PostgreSQL, against a bare batched insert through the same driver (`vsBareInsert*`, 1 = as fast); the memory that
 * takes over all rows; the time of lists, without and with their pairs, and the memory of an export with that many rows
 * in the log; the gateway's p99 with its log over that without, at `--rate` requests a second (`servedP99Ratio`) and at
 * as many as each can answer (`strainedP99Ratio`: the one with the log answers fewer). A run in which a row went astray
 * says so.
 */
import { parseArgs } from "node:util";
import { measureBareInsert } from "./support/bare-insert.ts";
import { createBenchDatabase } from "./support/bench-database.ts";
import type { LoadResult } from "./support/load.ts";
import { createLogRow } from "./support/log-rows.ts";
import { measureExport, measureLists, pickPercentile } from "./support/store-reading.ts";
import { measureServing } from "./support/store-serving.ts";
import { measureWriting } from "./support/store-writing.ts";

/** A day of traffic, so that ranges of time have something to leave out. */
const SPAN_MS = 24 * 60 * 60 * 1000;

export async function runBenchmark(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: "string", default: "1000000" },
      "bare-rows": { type: "string", default: "200000" },
      seconds: { type: "string", default: "6" },
      rounds: { type: "string", default: "3" },
      connections: { type: "string", default: "16" },
      rate: { type: "string", default: "1000" },
      postgres: { type: "string", default: "postgres://postgres@127.0.0.1:5432" },
    },
  });
  const sizes = { rows: Number(values.rows), bareRows: Number(values["bare-rows"]) };
  const sqlite = await measureDatabase({ ...sizes, server: null });
  const postgres = await measureDatabase({ ...sizes, server: values.postgres });
  const serving = await measureServing({
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    connections: Number(values.connections),
    rate: Number(values.rate),
  });
  const p99 = (rounds: readonly LoadResult[]) =>
    pickPercentile(
      rounds.map((round) => round.p99Ms),
      0.5,
    );
  const { steady } = serving;
  const served = (["on", "off"] as const).flatMap((log) =>
    [...serving[log], ...steady[log]].map(({ requestsPerSecond, p50Ms, p99Ms, failed }) => ({
      log,
      requestsPerSecond,
      p50Ms,
      p99Ms,
      failed,
    })),
  );
  console.table(served);
  return {
    rowsPerSecondSqlite: Math.round(sqlite.rowsPerSecond),
    rowsPerSecondPostgres: Math.round(postgres.rowsPerSecond),
    vsBareInsertSqlite: round3(sqlite.vsBare),
    vsBareInsertPostgres: round3(postgres.vsBare),
    servedP99Ratio: round3(p99(steady.on) / p99(steady.off)),
    strainedP99Ratio: round3(p99(serving.on) / p99(serving.off)),
    listP95MsSqlite: round3(sqlite.listP95Ms),
    listP95MsPostgres: round3(postgres.listP95Ms),
    pairsP95MsSqlite: round3(sqlite.pairsP95Ms),
    pairsP95MsPostgres: round3(postgres.pairsP95Ms),
    exportRssMbSqlite: Math.round(sqlite.exportRssMb),
    exportRssMbPostgres: Math.round(postgres.exportRssMb),
    rssGrowthSqlite: round3(sqlite.rssGrowth),
    rssGrowthPostgres: round3(postgres.rssGrowth),
    failed: served.reduce((sum, { failed }) => sum + failed, 0),
    astray: sqlite.astray + postgres.astray,
  };
}

async function measureDatabase(options: {
  readonly rows: number;
  readonly bareRows: number;
  readonly server: string | null;
}) {
  const { rows, bareRows, server } = options;
  const name = server === null ? "SQLite" : "PostgreSQL";
  const startMs = Date.now() - SPAN_MS;
  const createRow = (number: number) => createLogRow(number, startMs + Math.floor((number * SPAN_MS) / rows));
  const compared = Math.min(rows, bareRows);
  await using bareDatabase = await createBenchDatabase(server);
  const bare = await measureBareInsert({ url: bareDatabase.url, rows: compared, createRow });
  // Equal numbers of rows for the comparison: an insert into a larger table is slower.
  await using likeDatabase = await createBenchDatabase(server);
  const like = await measureWriting(likeDatabase, { rows: compared, createRow, withOthers: false });
  await using database = await createBenchDatabase(server);
  const writing = await measureWriting(database, { rows, createRow, withOthers: true });
  const lists = await measureLists(database.url, startMs + SPAN_MS);
  const exported = await measureExport(database.url);
  console.log(`${name}: ${Math.round(bare)} rows/s bare, ${Math.round(like.rowsPerSecond)} through the log`);
  console.log(
    `  ${rows} rows with shadows and feedback: ${Math.round(writing.rowsPerSecond)} rows/s, RSS at most`,
  );
  console.log(
    `  ${Math.round(writing.peakRssMb)} MB, at the end ${round3(writing.rssGrowth)} times that at a tenth`,
  );
  console.log(
    `  export of ${exported.rows} rows: ${round3(exported.seconds)} s, ${Math.round(exported.peakRssMb)} MB`,
  );
  console.table(
    lists.map(({ name: list, rows: found, p95Ms, pairsP95Ms }) => ({
      list,
      rows: found,
      "p95 ms": round3(p95Ms),
      "with pairs": round3(pairsP95Ms),
    })),
  );
  return {
    rowsPerSecond: like.rowsPerSecond,
    vsBare: like.rowsPerSecond / bare,
    rssGrowth: writing.rssGrowth,
    astray: like.astray + writing.astray + Math.abs(exported.rows - rows),
    listP95Ms: Math.max(...lists.map(({ p95Ms }) => p95Ms)),
    pairsP95Ms: Math.max(...lists.map(({ pairsP95Ms }) => pairsP95Ms)),
    exportRssMb: exported.peakRssMb,
  };
}

const round3 = (value: number) => Math.round(value * 1000) / 1000;
