import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { readEnvironment } from "../../config/environment.ts";
import { parseInferenceId } from "../../protocol/ids.ts";
import type { InferenceListing, InferenceReader, PairFilter } from "../../store/inference-log.ts";
import { openLogReader } from "../../store/open-log-reader.ts";
import { parseCount, parseSince } from "../dataset-options.ts";
import { followLog, listRecent } from "../follow-log.ts";
import { keepYoungHeapSmall } from "../keep-young-heap-small.ts";
import { CommandFailed, formatTable, print, remark } from "../output.ts";
import { parseNumber } from "../parse-number.ts";

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
  readonly consent?: NonNullable<PairFilter["consent"]>;
  readonly text?: string;
}

interface TailFlags extends FilterFlags {
  readonly lines: number;
  readonly follow: boolean;
  readonly json: boolean;
}

const FOLLOW_POLL_MS = 500;
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
    .option("--status <code>", "HTTP status the client got", parseStatus)
    .option("--fallback", "only answers of a later target")
    .option("--no-fallback", "only answers of the first target")
    .option("--shadow", "only with a shadow answer")
    .option("--no-shadow", "only without one")
    .option("--min-agreement <number>", "with a shadow answer at least this much alike, 0 to 1", parseNumber)
    .option("--max-agreement <number>", "with a shadow answer at most this much alike", parseNumber)
    .option("--feedback", "only with feedback")
    .option("--no-feedback", "only without")
    .addOption(
      new Option("--consent <consent>", "what the requests may be used for").choices([
        "none",
        "log",
        "train",
      ]),
    )
    .option("--text <part>", "only where request or answer contain this");
}

function createTailCommand(): Command {
  return addFilters(new Command("tail"))
    .description("the newest requests, newest last")
    .option("-n, --lines <count>", "how many", parseCount, 20)
    .option("-f, --follow", "go on with what comes, until ended; with --json a line each", false)
    .option("--json", "print JSON", false)
    .action((flags: TailFlags) =>
      withReader(flags, (reader) => (flags.follow ? follow(reader, flags) : showNewest(reader, flags))),
    );
}

async function showNewest(reader: InferenceReader, flags: TailFlags): Promise<void> {
  const rows = (await takeNewest(reader, convertToFilter(flags), flags.lines)).reverse();
  print(rows, { json: flags.json, lines: formatTable([...HEAD], rows.map(convertToCells)) });
}

/** Shows the newest, then what comes, until SIGINT or SIGTERM. */
async function follow(reader: InferenceReader, { lines, json, ...flags }: TailFlags): Promise<void> {
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => ending.abort());
  const filter = convertToFilter(flags);
  const before = await listRecent(reader, { filter, nowMs: Date.now() });
  const newest = (await takeNewest(reader, filter, lines)).reverse();
  const show = (rows: readonly InferenceListing[], isFirst: boolean) => {
    const table = formatTable([...HEAD], rows.map(convertToCells)).slice(isFirst ? 0 : 1);
    const texts = json ? rows.map((row) => JSON.stringify(row)) : table;
    for (const text of texts) process.stdout.write(`${text}\n`);
  };
  show(newest, true);
  const known = new Set([...before, ...newest].map(({ id }) => id));
  const { signal } = ending;
  const wait = () => sleep(FOLLOW_POLL_MS, undefined, { signal }).catch(() => undefined);
  for await (const rows of followLog(reader, { filter, known, wait, now: Date.now, signal }))
    show(rows, false);
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
    .action((flags: FilterFlags & { out?: string }) => {
      keepYoungHeapSmall();
      return withReader(flags, async (reader) => {
        const count = await writeLines(reader.streamPairs(convertToFilter(flags)), flags.out);
        remark(`${count} requests`);
      });
    });
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
  const { route, target, verdict, status, minAgreement, maxAgreement, consent, text } = flags;
  return {
    route,
    target,
    verdict,
    status,
    minAgreement,
    maxAgreement,
    consent,
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

function parseStatus(text: string): number {
  if (/^[1-9]\d\d$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A status of HTTP is needed, such as 503.");
}
