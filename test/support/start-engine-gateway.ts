import type { LlamaCppProvider } from "../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { startTestGateway, type TestGateway } from "../gateway/support/test-gateway.ts";
import { createRoute } from "./route.ts";
import { createScriptedUpstream } from "./scripted-upstream.ts";
import { createTinyProvider } from "./tiny-engine.ts";

export interface EngineGateway {
  readonly tailor: TestGateway;
  readonly local: LlamaCppProvider;
  close(): Promise<void>;
}

/**
 * A gateway whose route `stylist` has the local engine first; with `fallback` a scripted upstream answers where it
 * cannot. A second route, for the model `elsewhere`, has that upstream alone.
 */
export async function startEngineGateway(
  options: { readonly local?: LlamaCppProvider; readonly fallback?: readonly string[] } = {},
): Promise<EngineGateway> {
  const { local = createTinyProvider(), fallback = [] } = options;
  const upstream = await createScriptedUpstream();
  const tailor = await startTestGateway({
    upstreams: { upstream: upstream.baseUrl },
    providers: [local],
    route: {
      targets: [
        { id: "local", provider: "local", model: "default", percent: 100 },
        { id: "upstream", provider: "upstream", model: "upstream-model", percent: 0 },
      ],
      fallback,
      timeoutMs: 60_000,
    },
    furtherRoutes: [createRoute({ upstream: 100 }, { name: "elsewhere", models: ["elsewhere"] })],
  });
  return {
    tailor,
    local,
    async close() {
      await tailor.close();
      await upstream.close();
    },
  };
}
