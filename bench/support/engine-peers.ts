import { join } from "node:path";
import { createSchemaCompiler } from "../../src/json-schema/compiler/schema-compiler.ts";
import { createLlamaCppProvider } from "../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createFixedModelSource } from "../../src/providers/llama-cpp/model-source.ts";
import { startTestGateway } from "../../test/gateway/support/test-gateway.ts";
import { type ChatPeer, createGatewayPeer, createLlamaServerPeer, createProviderPeer } from "./chat-peer.ts";
import type { EngineCases } from "./engine-cases.ts";
import { startLlamaServer } from "./llama-server.ts";

export interface EnginePeers {
  readonly ours: ChatPeer;
  /** The same engine without jump-forward and guesses: one decode a token. */
  readonly plain: ChatPeer;
  readonly theirs: ChatPeer;
  /** Ours behind the gateway, which this process serves. */
  readonly served: ChatPeer;
}

export interface EnginePeersOptions {
  readonly modelPath: string;
  /** llama-server, and what it is told beside the file, threads and sizes. */
  readonly binary: string;
  readonly serverArgs: readonly string[];
  readonly threads: number;
  /** Answers at a time. */
  readonly slots: number;
  readonly cases: EngineCases;
}

const CONTEXT_TOKENS = 2048;

/** Both sides with the model loaded and warm; they are stopped when `run` is over. */
export async function withEnginePeers<Result>(
  options: EnginePeersOptions,
  run: (peers: EnginePeers) => Promise<Result>,
): Promise<Result> {
  const { modelPath, threads, slots, cases } = options;
  const server = await startLlamaServer({ ...options, contextLength: CONTEXT_TOKENS });
  const schemas = createSchemaCompiler({ deadlineMs: 60_000 });
  const createProvider = (jumpsForward: boolean) =>
    createLlamaCppProvider({
      id: "local",
      source: createFixedModelSource([{ name: "bench", path: modelPath, version: "1", created: 0 }]),
      gpu: false,
      threads,
      sequences: slots,
      maxContextLength: CONTEXT_TOKENS,
      jumpsForward,
      schemas,
      dataDir: join(options.binary, "..", "..", "..", "engine-data"),
      // A machine that is not idle spoils the figures, but need not end the run.
      stallMs: 600_000,
    });
  const first = createProvider(true);
  // What is measured when a model is loaded for the first time wants the machine for itself.
  await createProviderPeer(first).ask(cases.free(90));
  const providers = [first, createProvider(false)] as const;
  const gateway = await startTestGateway({
    providers: [providers[0]],
    route: {
      name: "bench",
      models: ["bench"],
      targets: [{ id: "local", provider: "local", model: "default", percent: 100 }],
      fallback: [],
      timeoutMs: 600_000,
    },
  });
  try {
    const [ours, plain] = [createProviderPeer(providers[0]), createProviderPeer(providers[1])];
    const [theirs, served] = [createLlamaServerPeer(server.url), createGatewayPeer(gateway.url)];
    // Loads the models and warms what is kept: other briefs than those that are timed.
    for (let index = 90; index < 94; index++) {
      // Never both at once: the engine would take the other for a busy machine and step down to fewer threads.
      await ours.ask(cases.plan(index));
      await theirs.ask(cases.plan(index));
    }
    await plain.ask(cases.free(90));
    return await run({ ours, plain, theirs, served });
  } finally {
    await gateway.close();
    await Promise.all([server.stop(), schemas.close(), ...providers.map((provider) => provider.close(0))]);
  }
}
