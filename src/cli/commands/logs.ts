import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { finished } from "node:stream/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { readEnvironment } from "../../config/environment.ts";
import { parseInferenceId } from "../../protocol/ids.ts";
import type { InferenceListing, InferenceReader, PairFilter } from "../../store/inference-log.ts";
import { openLogReader } from "../../store/open-log-reader.ts";
import { parseSince } from "../dataset-options.ts";
import { CommandFailed, formatTable, print, remark } from "../output.ts";

interface FilterFlags {
  readonly database?: string;
  readonly route?: string;
  readonly target?: string;
  readonly since?: number;
  readonly until?: number;
  readonly verdict?: NonNullable<PairFilter["verdict"]>;
  readonly status?: number;
  readonly fallback?: boolean;
  readonly shadow?: boolean;
  readonly minAgreement?: number;
  readonly maxAgreement?: number;
  readonly feedback?: boolean;
  readonly text?: string;
}

const HEAD = ["time", "id", "route", "target", "status", "verdict", "fallback", "tokens", "ms"] as const;

export function createLogsCommand(): Command {
  return new Command("logs")
    .description("look into the log, also while a server writes it")
    .addCommand(createTailCommand())
    .addCommand(createShowCommand())
    .addCommand(createExportCommand());
}

function addFilters(command: Command): Command {
  return command
    .option("--database <url>", "database to read (default: DATABASE_URL)")
    .option("--route <name>", "only requests of this route")
    .option("--target <id>", "only answers of this target")
    .option("--since <time>", "from this time on: a date, or a span such as 7d", parseSince)
    .option("--until <time>", "before this time", parseSince)
    .addOption(
      new Option("--verdict <verdict>", "of schema and hard checks").choices([
        "pass",
        "fail",
        "skipped",
        "none",
      ]),
    )
    .option("--status <code>", "HTTP status the client got", parseNumber)
    .option("--fallback", "only answers of a later target")
    .option("--no-fallback", "only answers of the first target")
    .option("--shadow", "only with a shadow answer")
    .option("--min-agreement <number>", "with a shadow answer at least this much alike, 0 to 1", parseNumber)
    .option("--max-agreement <number>", "with a shadow answer at most this much alike", parseNumber)
    .option("--feedback", "only with feedback")
    .option("--text <part>", "only where request or answer contain this");
}

function createTailCommand(): Command {
  return addFilters(new Command("tail"))
    .description("the newest requests, newest last")
    .option("-n, --lines <count>", "how many", parseNumber, 20)
    .option("--json", "print JSON", false)
    .action((flags: FilterFlags & { lines: number; json: boolean }) =>
      withReader(flags, async (reader) => {
        const rows = (await takeNewest(reader, convertToFilter(flags), flags.lines)).reverse();
        print(rows, { json: flags.json, lines: formatTable([...HEAD], rows.map(convertToCells)) });
      }),
    );
}

function createShowCommand(): Command {
  return new Command("show")
    .description("one request with its body, attempts, shadow answers and feedback")
    .argument("<id>", "the inference's id, or the completion's (chatcmpl-…)")
    .option("--database <url>", "database to read (default: DATABASE_URL)")
    .action((id: string, flags: Pick<FilterFlags, "database">) =>
      withReader(flags, async (reader) => {
        const pair = await reader.readInference(parseInferenceId(id));
        if (pair === null) throw new CommandFailed(`There is no inference ${id}.`);
        print(pair, { json: true, lines: [] });
      }),
    );
}

function createExportCommand(): Command {
  return addFilters(new Command("export"))
    .description("every request with its body, attempts, shadow answers and feedback, one JSON line each")
    .option("--out <file>", "file to write (default: standard output)")
    .action((flags: FilterFlags & { out?: string }) =>
      withReader(flags, async (reader) => {
        const count = await writeLines(reader.streamPairs(convertToFilter(flags)), flags.out);
        remark(`${count} requests`);
      }),
    );
}

async function withReader(
  { database }: Pick<FilterFlags, "database">,
  work: (reader: InferenceReader) => Promise<void>,
): Promise<void> {
  const log = await openLogReader({ url: database ?? readEnvironment().databaseUrl });
  try {
    await work(log.reader);
  } finally {
    await log.close();
  }
}

function convertToFilter({ since, until, fallback, shadow, feedback, ...flags }: FilterFlags): PairFilter {
  const { route, target, verdict, status, minAgreement, maxAgreement, text } = flags;
  return {
    route,
    target,
    verdict,
    status,
    minAgreement,
    maxAgreement,
    text,
    sinceMs: since,
    untilMs: until,
    hasFallback: fallback,
    hasShadow: shadow,
    hasFeedback: feedback,
  };
}

/** Newest first. Pages of a filtered list may be short, so pages are read until there are enough rows. */
async function takeNewest(
  reader: InferenceReader,
  filter: PairFilter,
  count: number,
): Promise<InferenceListing[]> {
  const rows: InferenceListing[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.listInferences({ limit: Math.max(1, count - rows.length), cursor, filter });
    rows.push(...page.rows);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && rows.length < count);
  return rows;
}

function convertToCells(row: InferenceListing): unknown[] {
  const { verdicts } = row;
  const isWell = verdicts?.hardChecks.every(({ ok }) => ok) ?? true;
  return [
    new Date(row.createdAt).toISOString(),
    row.id,
    row.route,
    row.target,
    row.status,
    verdicts === null ? null : isWell ? verdicts.schema : "fail",
    row.fallbackReason,
    row.completionTokens,
    Math.round(row.latencyMs),
  ];
}

/** Waits for whoever reads, so that memory stays constant. */
async function writeLines(rows: AsyncIterable<unknown>, file: string | undefined): Promise<number> {
  const output = file === undefined ? process.stdout : createWriteStream(resolve(file));
  let count = 0;
  for await (const row of rows) {
    count += 1;
    if (!output.write(`${JSON.stringify(row)}\n`)) await once(output, "drain");
  }
  if (output !== process.stdout) {
    output.end();
    await finished(output);
  }
  return count;
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isFinite(number)) return number;
  throw new InvalidArgumentError("A number is needed.");
}
