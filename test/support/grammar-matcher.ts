import { getLlama, type Llama, type LlamaGrammar } from "node-llama-cpp";

export interface GrammarMatcher {
  readonly llama: Llama;
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
    llama,
    async matches(grammar, text) {
      if (known?.grammar !== grammar) known = { grammar, compiled: await llama.createGrammar({ grammar }) };
      return isMatch(known.compiled, text);
    },
    dispose: () => llama.dispose(),
  };
}

/** The matcher is public in the addon but not in the library's types. */
export function isMatch(grammar: LlamaGrammar, text: string): boolean {
  return (grammar as unknown as { _testText(text: string): boolean })._testText(text);
}
