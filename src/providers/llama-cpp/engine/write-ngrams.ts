import { renameSync, writeFileSync } from "node:fs";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";
import { countNgrams } from "./count-ngrams.ts";
import { checkModelFile } from "./model-file.ts";
import { encodeNgramTable } from "./ngram-table.ts";
import { tokenizeContinuation } from "./tokenize-prompt.ts";

/**
 * Writes the table of n-grams of texts as the model would write them. Only the model's vocabulary is loaded. Replaced by
 * renaming, so that no engine reads half a file.
 */
export async function writeNgrams(options: {
  readonly modelPath: string;
  readonly target: string;
  readonly answers: AsyncIterable<string>;
}): Promise<{ readonly answers: number; readonly entries: number; readonly bytes: number }> {
  const { modelPath, target, answers } = options;
  const { vocabularySize } = checkModelFile(modelPath);
  const llama = await getLlama({
    gpu: false,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
  });
  try {
    const model = await llama.loadModel({ modelPath, vocabOnly: true });
    const tokens = [];
    for await (const text of answers) tokens.push(tokenizeContinuation(model, text));
    const entries = countNgrams(tokens);
    const content = encodeNgramTable(entries, vocabularySize);
    const temporary = `${target}.${process.pid}.tmp`;
    writeFileSync(temporary, content);
    renameSync(temporary, target);
    return { answers: tokens.length, entries: entries.length, bytes: content.length };
  } finally {
    await llama.dispose();
  }
}
