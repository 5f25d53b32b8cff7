import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { createGateway, type Gateway } from "../../../src/gateway/app.ts";
import type { GatewayDeps } from "../../../src/gateway/gateway-deps.ts";
import { type HttpServer, listen } from "../../../src/gateway/listen.ts";
import { createLiveRoutes } from "../../../src/gateway/live-routes.ts";
import type { RequestDomain } from "../../../src/gateway/request-domain.ts";
import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { type Route, routeSchema } from "../../../src/routing/route.ts";
import { openStore, type Store } from "../../../src/store/open-store.ts";

export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly gateway: Gateway;
  readonly store: Store;
  readonly client: OpenAI;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** An answer's JSON, unchecked: the expectations that follow are the check. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes.
export async function readJson(response: Response): Promise<any> {
  return response.json();
}

/** Understands nothing: requests are passed on as they are. */
export const plainDomain: RequestDomain = {
  recognise: () => null,
  createRequest: ({ form }) => ({
    messages: [{ role: "user", content: JSON.stringify(form) }],
    responseFormat: { type: "json_object" },
    recognised: {
      createConstraint: () => null,
      judge: () => ({ schema: "pass", hardChecks: [] }),
    },
  }),
};

export interface TestGatewayOptions {
  /** Provider id to the address of its upstream. */
  readonly upstreams?: Readonly<Record<string, string>>;
  /** Further providers; closed with the gateway. */
  readonly providers?: readonly Provider[];
  readonly route?: Partial<Record<keyof Route, unknown>>;
  /** Served besides that one. */
  readonly furtherRoutes?: readonly Route[];
  readonly deps?: Partial<GatewayDeps>;
  readonly settings?: Partial<GatewayDeps["settings"]>;
}

/** A gateway as it is served: real HTTP, real SQLite in a folder of its own, upstreams over real HTTP. */
export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), "tailor-gateway-"));
  const store = await openStore({ url: `file:${join(folder, "tailor.db")}` });
  const upstreams = Object.entries(options.upstreams ?? {}).map(([id, baseUrl]) =>
    createOpenAiProvider({ id, baseUrl, licenseClass: "commercial_ok", timeouts: { connectMs: 500 } }),
  );
  const providers = new Map([...upstreams, ...(options.providers ?? [])].map((item) => [item.id, item]));
  const route = routeSchema.parse({
    name: "stylist",
    models: ["gpt-4o-mini", "stylist"],
    targets: [
      { id: "first", provider: "first", model: "first-model", percent: 100 },
      { id: "second", provider: "second", model: "second-model", percent: 0 },
    ],
    fallback: ["first", "second"],
    consent: "train",
    timeoutMs: 5000,
    ...options.route,
  });
  await store.routes.append({
    name: route.name,
    version: 1,
    route,
    actor: "test",
    reason: null,
    createdAt: Date.now(),
  });
  const gateway = createGateway({
    providers,
    routes: createLiveRoutes({ routes: [route, ...(options.furtherRoutes ?? [])], passthrough: undefined }),
    passthrough: undefined,
    domain: plainDomain,
    store,
    inactiveProviders: new Map(),
    erase: store.erasures.erase,
    offerShadow: () => undefined,
    costUsd: () => null,
    gauges: () => ({}),
    describeEngine: () => ({ models: [] }),
    instance: { id: "test", host: "127.0.0.1", pid: process.pid, version: "test", startedAt: Date.now() },
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    now: Date.now,
    ...options.deps,
    settings: {
      isLoopback: true,
      adminKey: undefined,
      logMode: "async",
      stickySecret: "test",
      limits: { maxBodyBytes: 256 * 1024, maxDepth: 64 },
      cacheBytes: 1024 * 1024,
      generateRoute: "stylist",
      ...options.settings,
    },
  });
  const server: HttpServer = await listen({ app: gateway.app, host: "127.0.0.1", port: 0 });
  const close = async () => {
    await server.close({ deadlineMs: 2000 });
    await gateway.idle();
    await Promise.all([...providers.values()].map((provider) => provider.close(100)));
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    url: server.url,
    gateway,
    store,
    client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "sk-test", maxRetries: 0 }),
    post: (path, body, headers = {}) =>
      fetch(server.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
