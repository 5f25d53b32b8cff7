/**
 * `npm run bench -- schema`
 *
 * Every required case of the public JSON-Schema-Test-Suite, both drafts, without those that need other documents: does
 * the grammar alone decide right, and with validation? Under the specification's own rules (objects open, `format` an
 * annotation), and under the closed policy that requests get. The peer is node-llama-cpp's own converter on the same
 * cases and the same matcher. `compileP99Ms` is grammar and validator together, in the first pass over the schemas.
 */
import { LlamaJsonSchemaGrammar, LlamaLogLevel } from "node-llama-cpp";
import { createGrammarMatcher, type GrammarMatcher, isMatch } from "../test/support/grammar-matcher.ts";
import {
  DRAFTS,
  type Draft,
  hasSuite,
  readSuite,
  type SuiteCase,
} from "../test/support/json-schema-suite.ts";
import { type Conformance, measureConformance } from "../test/support/measure-conformance.ts";
import { serialiseInOrder } from "../test/support/schema-order.ts";

export async function runBenchmark(): Promise<Record<string, unknown>> {
  if (!hasSuite()) throw new Error("The test suite is missing: run scripts/fetch-json-schema-suite.sh");
  const matcher = await createGrammarMatcher();
  matcher.llama.logLevel = LlamaLogLevel.disabled;
  const open: Conformance[] = [];
  const closed: Conformance[] = [];
  const peers: number[] = [];
  for (const draft of DRAFTS) {
    const cases = readSuite(draft);
    open.push(await measureConformance(matcher, cases, { objects: "open", formats: "annotate" }));
    closed.push(await measureConformance(matcher, cases, { objects: "closed", formats: "annotate" }));
    peers.push(countPeer(matcher, cases));
  }
  await matcher.dispose();
  printTable({ open, closed, peers });
  const total = sum(open.map((result) => result.total));
  const grammarExactPercent = percent(total - sum(open.map(countGrammarFaults)), total);
  const peerPercent = percent(sum(peers), total);
  return {
    compileP99Ms: round(
      pickPercentile(
        open.flatMap((result) => result.compileMs),
        0.99,
      ),
    ),
    compileP50Ms: round(
      pickPercentile(
        open.flatMap((result) => result.compileMs),
        0.5,
      ),
    ),
    grammarExactPercent,
    exactPercent: percent(total - sum(open.map((result) => result.wrong.length)), total),
    hangs: sum([...open, ...closed].map((result) => result.hangs)),
    overAccepted: sum(open.map((result) => result.overAccepted.length)),
    overRejected: sum(open.map((result) => result.overRejected.length)),
    cases: total,
    closedGrammarExactPercent: percent(total - sum(closed.map(countGrammarFaults)), total),
    peerGrammarExactPercent: peerPercent,
    grammarExactVsNodeLlamaCpp: round(grammarExactPercent / peerPercent),
  };
}

/** Cases that node-llama-cpp's converter decides right. A schema that it refuses takes nothing. */
function countPeer(matcher: GrammarMatcher, cases: readonly SuiteCase[]): number {
  const grammars = new Map<string, LlamaJsonSchemaGrammar<never> | null>();
  return cases.filter(({ schema, data, valid }) => {
    const key = JSON.stringify(schema);
    const grammar = grammars.has(key) ? grammars.get(key) : convertWithPeer(matcher, schema);
    grammars.set(key, grammar ?? null);
    const text = serialiseInOrder(schema, data);
    // Its root asks for four line feeds after the value.
    return (grammar != null && (isMatch(grammar, text) || isMatch(grammar, `${text}\n\n\n\n`))) === valid;
  }).length;
}

function convertWithPeer({ llama }: GrammarMatcher, schema: unknown): LlamaJsonSchemaGrammar<never> | null {
  try {
    return new LlamaJsonSchemaGrammar(llama, schema as never);
  } catch {
    return null;
  }
}

function printTable(results: {
  readonly open: readonly Conformance[];
  readonly closed: readonly Conformance[];
  readonly peers: readonly number[];
}): void {
  const row = (draft: Draft, objects: string, { total, ...result }: Conformance) => ({
    draft,
    objects,
    cases: total,
    "grammar %": percent(total - countGrammarFaults({ total, ...result }), total),
    "over-accepted": result.overAccepted.length,
    "over-rejected": result.overRejected.length,
    unannounced: result.silent.length,
    "with validation %": percent(total - result.wrong.length, total),
    "compile p99 ms": round(pickPercentile(result.compileMs, 0.99)),
  });
  console.table(
    DRAFTS.flatMap((draft, index) => {
      const [open, closed] = [results.open[index], results.closed[index]];
      if (open === undefined || closed === undefined) return [];
      const peer = {
        draft,
        objects: "node-llama-cpp",
        cases: open.total,
        "grammar %": percent(results.peers[index] ?? 0, open.total),
      };
      return [row(draft, "open", open), row(draft, "closed", closed), peer];
    }),
  );
}

function countGrammarFaults({ overAccepted, overRejected }: Conformance): number {
  return overAccepted.length + overRejected.length;
}

function pickPercentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const percent = (part: number, whole: number) => round((100 * part) / whole);
const round = (value: number) => Math.round(value * 100) / 100;
