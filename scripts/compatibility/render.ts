import { EMBEDDING_FIELD_SUPPORT } from "../../src/providers/llama-cpp/embedding-fields.ts";
import { FIELD_SUPPORT } from "../../src/providers/llama-cpp/field-support.ts";
import { DIALECTS, type DialectName } from "../../src/providers/openai/dialects/dialect.ts";
import {
  type InterfaceRow,
  probeEmbeddings,
  probeResponses,
  probeTextCompletions,
} from "./probe-interfaces.ts";
import { probeUpstreams } from "./probe-upstreams.ts";

const HEAD = `# Compatibility

What becomes of each request field, by the target that answers. This page is written by
\`npm run docs:compatibility\` from the code that does it; a test fails when the two differ.

- **supported**: does what OpenAI's specification says.
- **emulated**: the same result by other means.
- **passed on**: reaches the upstream as the client wrote it, byte for byte. So do fields that Tailor does not know.
- **renamed**: reaches the upstream under the name or in the form that it understands.
- **dropped**: not used; the answer's \`x-tailor-dropped\` header and the log row name it.
- **refused**: status 400 in OpenAI's error form, with the field in \`param\`.

Whatever the target, the gateway itself

- puts the target's model name in place of the asked one, and answers under the asked one;
- checks types and ranges, and with \`strict: true\` OpenAI's rules for schemas, in OpenAI's words;
- holds answers to \`response_format\`: a faulty one is mended or sent back once, then the next target is asked, and with
  none left the answer is a 502 \`invalid_response\`, never a 200;
- always asks upstreams for the usage of a stream, and shows it only to clients that asked;
- refuses bodies with a key written twice.
`;

/** docs/compatibility.md, made of what the code says and does. */
export function renderCompatibility(): string {
  return [
    HEAD,
    "## POST /v1/chat/completions\n",
    renderChatTable(),
    "## POST /v1/responses\n",
    "Answered as a chat completion on the same routes. Nothing is stored for a later call: send all earlier items as input.\n",
    renderInterface(probeResponses()),
    "Fields that are not listed are dropped.\n",
    "## POST /v1/completions\n",
    "Each prompt is a chat request of its own. Without `max_tokens` at most 16 tokens are written, as at OpenAI. Several\nprompts are answered together; a request to stream them is refused.\n",
    renderInterface(probeTextCompletions()),
    "## POST /v1/embeddings\n",
    EMBEDDINGS,
    renderEmbeddingsTable(),
    "## Other paths below /v1\n",
    "They go to the upstream that takes unknown model names (`passthrough` in the configuration), byte by byte and under the\ngateway's own key, and are not logged. Without such an upstream they are 404 `unknown_url`.\n",
  ].join("\n");
}

const TITLES: Readonly<Record<DialectName, string>> = {
  openai: "OpenAI",
  azure: "Azure",
  "llama-server": "llama-server",
  vllm: "vLLM",
  ollama: "Ollama",
  generic: "other",
};

function renderChatTable(): string {
  const rows = FIELD_SUPPORT.map(({ field, support, note }) => {
    const upstreams = probeUpstreams(field);
    return [`\`${field}\``, support, ...DIALECTS.map((name) => upstreams[name]), note];
  });
  const titles = ["field", "local", ...DIALECTS.map((name) => TITLES[name]), "on the local target"];
  return renderTable(titles, rows);
}

const EMBEDDINGS = `Answered by the first of the route's targets that makes embeddings, and by others only where they run the same model:
vectors of two models cannot be compared. Where no target makes any the request is refused with \`model_not_supported\`.
Which local models do is in docs/engine.md.
`;

function renderEmbeddingsTable(): string {
  const rows = EMBEDDING_FIELD_SUPPORT.map(({ field, support, note }) => [
    `\`${field}\``,
    support,
    probeEmbeddings(field),
    note,
  ]);
  return renderTable(["field", "local", "upstreams", "on the local target"], rows);
}

function renderInterface(rows: readonly InterfaceRow[]): string {
  const hasCounterparts = rows.some(({ becomes }) => becomes.length > 0);
  return renderTable(
    ["field", "", ...(hasCounterparts ? ["as a chat request"] : [])],
    rows.map(({ field, support, becomes }) => {
      const names = becomes.map((name) => `\`${name}\``).join(", ");
      return [`\`${field}\``, support, ...(hasCounterparts ? [names] : [])];
    }),
  );
}

function renderTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line), ""].join("\n");
}
