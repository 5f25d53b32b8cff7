import { createLiveRoutes } from "../../../src/gateway/live-routes.ts";
import { createFixedModelSource } from "../../../src/providers/llama-cpp/model-source.ts";
import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import { startTestGateway, type TestGateway } from "../../gateway/support/test-gateway.ts";
import { createRoute } from "../../support/route.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../../support/scripted-upstream.ts";
import { createTinyEncoder } from "../../support/tiny-encoder.ts";
import { createTinyProvider, createTinySourceModel } from "../../support/tiny-engine.ts";
import { playForClients } from "./play-clients.ts";

/** Model names that clients ask for: one leads to a model in the engine process, one to a server over HTTP. */
export const MODELS = ["local-model", "upstream-model"] as const;
/** Leads to an encoder in the engine process. */
export const EMBEDDING_MODEL = "local-embeddings";

export interface ClientGateway {
  readonly tailor: TestGateway;
  readonly upstream: ScriptedUpstream;
  /** What clients call their base URL. */
  readonly baseURL: string;
  close(): Promise<void>;
}

/** A gateway for real clients, with the tiny model behind one name and a scripted upstream behind the other. */
export async function startClientGateway(): Promise<ClientGateway> {
  const upstream = await createScriptedUpstream({ models: ["up"], script: playForClients });
  const far = createOpenAiProvider({
    id: "far",
    baseUrl: upstream.baseUrl,
    licenseClass: "commercial_ok",
    // The clients' own retries are what is looked at.
    retries: { max: 0 },
  });
  const shared = { timeoutMs: 60_000 };
  const local = { id: "local", provider: "local", model: "tiny", percent: 100 };
  const encoder = { ...local, model: "encoder" };
  const routes = [
    createRoute({}, { ...shared, name: "vectors", models: [EMBEDDING_MODEL], targets: [encoder] }),
    createRoute({}, { ...shared, name: "near", models: ["local-model"], targets: [local] }),
    createRoute({}, { ...shared, name: "far", models: ["upstream-model"], targets: [createFarTarget()] }),
  ];
  const tailor = await startTestGateway({
    providers: [createLocalProvider(), far],
    deps: { routes: createLiveRoutes({ routes, passthrough: undefined }) },
  });
  return {
    tailor,
    upstream,
    baseURL: `${tailor.url}/v1`,
    async close() {
      await tailor.close();
      await upstream.close();
    },
  };
}

function createLocalProvider() {
  const encoder = {
    name: "encoder",
    path: createTinyEncoder(),
    version: "encoder@1",
    created: 1_700_000_000,
  };
  return createTinyProvider({ source: createFixedModelSource([createTinySourceModel("tiny"), encoder]) });
}

function createFarTarget() {
  return { id: "far", provider: "far", model: "up", percent: 100 };
}
