/** The benchmark's upstream: answers every chat completion at once with the same 1.7 KB plan. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const items = ["top", "bottom", "shoes", "bag"].map((type) => ({
  query: `relaxed navy linen ${type}`,
  key: type,
  type,
  min: "40",
  max: "70",
  brand: "mango",
}));
const plan = { outfits: [{ looks: "Linen look for a summer lunch", description: "d".repeat(700), items }] };
const body = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "bench-model",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: JSON.stringify(plan), refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 180, completion_tokens: 210, total_tokens: 390 },
});
const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };

const server = createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(200, headers).end(body));
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  console.log(`upstream on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on("SIGTERM", () => process.exit(0));
