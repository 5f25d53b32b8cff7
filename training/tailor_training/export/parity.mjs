// Tokenises and continues prompts greedily with llama.cpp, for comparison with the Python model. One thread: two that wait
// for each other crawl on a busy machine.
// stdin: { modelPath, adapterPath?, prompts: [text], maxTokens }; stdout: { results: [{ ids, continuation }] }
import { getLlama, LlamaLogLevel } from "node-llama-cpp";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { modelPath, adapterPath, prompts, maxTokens } = JSON.parse(Buffer.concat(chunks).toString("utf8"));

const llama = await getLlama({ gpu: false, build: "never", maxThreads: 1, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({
  sequences: 1,
  contextSize: 1024,
  threads: 1,
  ...(adapterPath ? { lora: { adapters: [{ filePath: adapterPath }] } } : {}),
});
const sequence = context.getSequence();
const results = [];
for (const prompt of prompts) {
  await sequence.clearHistory();
  const ids = model.tokenize(prompt, true);
  const continuation = [];
  if (maxTokens > 0) {
    for await (const token of sequence.evaluate(ids, { temperature: 0, yieldEogToken: true })) {
      continuation.push(token);
      if (continuation.length >= maxTokens || model.isEogToken(token)) break;
    }
  }
  results.push({ ids, continuation });
}
process.stdout.write(JSON.stringify({ results }));
await llama.dispose();
