import { getLlama, type LlamaGrammar } from "node-llama-cpp";

export interface GrammarMatcher {
  /** Whether llama.cpp's own grammar matcher takes the text, whole. */
  matches(grammar: string, text: string): Promise<boolean>;
  dispose(): Promise<void>;
}

export async function createGrammarMatcher(): Promise<GrammarMatcher> {
  const options = {
    gpu: false,
    build: "never",
    skipDownload: true,
    maxThreads: 1,
    progressLogs: false,
  } as const;
  const llama = await getLlama(options);
  let known: { readonly grammar: string; readonly compiled: LlamaGrammar } | undefined;
  return {
    async matches(grammar, text) {
      if (known?.grammar !== grammar) known = { grammar, compiled: await llama.createGrammar({ grammar }) };
      // The matcher is public in the addon but not in the library's types.
      return (known.compiled as unknown as { _testText(text: string): boolean })._testText(text);
    },
    dispose: () => llama.dispose(),
  };
}
