/**
 * `npm run bench -- plans [--briefs test/fixtures/heldout/briefs.jsonl] [--limit 100]`
 *
 * The shipped model on held-out briefs (written apart from the generator), one after the other at temperature 0.7:
 * free (the trained prompt, no grammar), constrained (the same with the plan's JSON Schema as `response_format`) and
 * tightened (the backend's own request under the stylist constraint). Prints the pass rate of every hard check, plan
 * latency, tokens a second, and how many plans the stylist constraint stepped into.
 * `tightenedVsFree`, `constrainedVsFree` = share of plans passing all hard checks over that of the free ones.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Database from "better-sqlite3";
import { stringify } from "yaml";
import { chatCompletionSchema } from "../src/protocol/chat-completion.ts";
import { buildBackendText } from "../src/style/backend-text.ts";
import { checkAnswer } from "../src/style/checks/check-answer.ts";
import { CHECK_NAMES, type CheckVerdict, passesChecks } from "../src/style/checks/check-plan.ts";
import { formSchema, profileSchema } from "../src/style/form.ts";
import { createPlanJsonSchema } from "../src/style/json-schema.ts";
import { type Lexicon, loadLexicon } from "../src/style/load-lexicon.ts";
import { parseBrief } from "../src/style/parse-brief.ts";
import { buildPromptMessages } from "../src/style/prompt.ts";
import { startServer } from "./support/start-server.ts";

type BriefLine = { readonly form: unknown; readonly profile?: unknown };

const MODES = ["free", "constrained", "tightened"] as const;
type Mode = (typeof MODES)[number];

interface PlanResult {
  readonly verdicts: readonly CheckVerdict[];
  readonly latencyMs: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

const BACKEND_SYSTEM_TEXT =
  'You are a stylist. Answer in JSON: { "outfits": [{ "looks", "description", "items": [{ "query", "key", "type", "min", "max", "brand" }] }] } with prices inside the budget.';
const PLAN_FORMAT = {
  type: "json_schema",
  json_schema: { name: "plan", strict: true, schema: createPlanJsonSchema() },
};
const IMAGE_PART = { type: "image_url", image_url: { url: "https://images.example.com/profile.jpg" } };

export async function runBenchmark(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      briefs: { type: "string", default: "test/fixtures/heldout/briefs.jsonl" },
      limit: { type: "string", default: "100" },
    },
  });
  const lexicon = loadLexicon("data/style");
  const lines = readFileSync(values.briefs, "utf8").trim().split("\n").slice(0, Number(values.limit));
  const briefs = lines.map((line) => JSON.parse(line) as BriefLine);
  const folder = mkdtempSync(join(tmpdir(), "tailor-plans-"));
  writeFileSync(join(folder, "config.yaml"), createConfig());
  const server = await startServer(["src/main.ts"], {
    PORT: "0",
    LOG_LEVEL: "warn",
    TAILOR_CONFIG: join(folder, "config.yaml"),
    TAILOR_DATA_DIR: folder,
    DATABASE_URL: `file:${join(folder, "tailor.db")}`,
  });
  const results = new Map<Mode, PlanResult[]>();
  try {
    for (const mode of MODES)
      results.set(mode, await askAll({ url: server.url, lexicon, briefs, model: mode }));
  } finally {
    await server.stop();
  }
  const stepped = countSteppedInto(folder);
  rmSync(folder, { recursive: true, force: true });
  printTable(results);
  const passPercent = (mode: Mode) =>
    percentOf(results.get(mode) ?? [], ({ verdicts }) => passesChecks(verdicts));
  const compareWithFree = (mode: Mode) => Math.round((passPercent(mode) / passPercent("free")) * 1000) / 1000;
  return {
    tightenedVsFree: compareWithFree("tightened"),
    constrainedVsFree: compareWithFree("constrained"),
    briefs: briefs.length,
    plansSteppedInto: stepped.plans,
    fieldsSteppedInto: stepped.fields,
    ...Object.assign({}, ...[...results].map(([mode, plans]) => describeMode(mode, plans))),
  };
}

function describeMode(mode: Mode, plans: readonly PlanResult[]): Record<string, number> {
  return {
    [`${mode}PassPercent`]: percentOf(plans, ({ verdicts }) => passesChecks(verdicts)),
    [`${mode}GuidancePercent`]: percentOf(plans, guidanceHolds),
    ...describeSpeed(mode, plans),
  };
}

const guidanceHolds = ({ verdicts }: PlanResult) =>
  verdicts.some((verdict) => verdict.name === "guidance" && verdict.ok);

function createConfig(): string {
  const route = (name: string, constraints: boolean) => ({
    name,
    models: [name],
    targets: [{ id: "local", provider: "local", model: "default", percent: 100 }],
    constraints,
    timeoutMs: 120_000,
    consent: "log",
  });
  return stringify({
    providers: { local: { kind: "llama-cpp", gpu: "off", sequences: 1 } },
    routes: [route("free", false), route("constrained", false), route("tightened", true)],
    generateRoute: "tightened",
    passthrough: null,
  });
}

interface RunOptions {
  readonly url: string;
  readonly model: Mode;
  readonly lexicon: Lexicon;
  readonly briefs: readonly BriefLine[];
}

async function askAll(options: RunOptions): Promise<PlanResult[]> {
  const results: PlanResult[] = [];
  for (const [index, line] of options.briefs.entries()) {
    results.push(await askOne(options, { line, seed: index + 1 }));
  }
  return results;
}

async function askOne(
  options: RunOptions,
  { line, seed }: { line: BriefLine; seed: number },
): Promise<PlanResult> {
  const form = formSchema.parse(line.form);
  const profile = profileSchema.parse(line.profile ?? {});
  const brief = parseBrief({ form, profile }, options.lexicon);
  const shape =
    options.model === "tightened"
      ? {
          response_format: { type: "json_object" },
          messages: [
            { role: "system", content: BACKEND_SYSTEM_TEXT },
            { role: "user", content: [{ type: "text", text: buildBackendText(form, profile) }, IMAGE_PART] },
          ],
        }
      : {
          ...(options.model === "constrained" && { response_format: PLAN_FORMAT }),
          messages: buildPromptMessages(brief, options.lexicon.prompt),
          max_tokens: 600,
        };
  const started = performance.now();
  const response = await fetch(`${options.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: options.model, temperature: 0.7, seed, ...shape }),
  });
  const latencyMs = performance.now() - started;
  if (!response.ok) throw new Error(`brief ${seed}: ${response.status} ${await response.text()}`);
  const { choices, usage } = chatCompletionSchema.parse(await response.json());
  return {
    verdicts: checkAnswer(choices[0]?.message.content ?? "", brief, options.lexicon),
    latencyMs,
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
  };
}

function countSteppedInto(folder: string): { plans: number; fields: number } {
  const database = new Database(join(folder, "tailor.db"), { readonly: true });
  const [plans, fields] = database
    .prepare("select count(*), coalesce(sum(interventions), 0) from inferences where interventions > 0")
    .raw()
    .get() as [number, number];
  database.close();
  return { plans, fields };
}

function printTable(results: ReadonlyMap<Mode, readonly PlanResult[]>): void {
  const holds = (plans: readonly PlanResult[], name: string) =>
    percentOf(plans, ({ verdicts }) => verdicts.some((verdict) => verdict.name === name && verdict.ok));
  const rows = CHECK_NAMES.map((name) => {
    const cells = [...results].map(([mode, plans]) => [`${mode} %`, holds(plans, name)]);
    return [name, Object.fromEntries(cells)];
  });
  console.table(Object.fromEntries(rows));
  for (const [index, { verdicts }] of (results.get("tightened") ?? []).entries()) {
    const failed = verdicts.filter(({ ok }) => !ok);
    for (const { name, reason } of failed) console.log(`brief ${index + 1}, tightened, ${name}: ${reason}`);
  }
}

function describeSpeed(name: string, results: readonly PlanResult[]): Record<string, number> {
  const latencies = results.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const at = (share: number) => Math.round(latencies[Math.floor(latencies.length * share)] ?? Number.NaN);
  const sum = (pick: (result: PlanResult) => number) =>
    results.reduce((total, result) => total + pick(result), 0);
  return {
    [`${name}P50Ms`]: at(0.5),
    [`${name}P95Ms`]: at(0.95),
    [`${name}TokensPerSecond`]:
      Math.round((sum((result) => result.completionTokens) / sum((result) => result.latencyMs)) * 10_000) /
      10,
    [`${name}MeanTokens`]: Math.round(sum((result) => result.completionTokens) / results.length),
  };
}

function percentOf(results: readonly PlanResult[], holds: (result: PlanResult) => boolean): number {
  return Math.round((results.filter(holds).length / results.length) * 1000) / 10;
}
