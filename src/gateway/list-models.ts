import { LRUCache } from "lru-cache";
import type { Provider, ProviderModel } from "../providers/provider.ts";
import type { LiveRoutes } from "./live-routes.ts";

/** A model as `GET /v1/models` lists it. */
export interface ListedModel {
  readonly id: string;
  readonly object: "model";
  readonly created: number;
  readonly owned_by: string;
}

export interface ModelListOptions {
  readonly routes: LiveRoutes;
  /** Its models can be asked for by their own names. */
  readonly passthrough: Provider | undefined;
  /** Unix seconds put on the routes' own names. */
  readonly startedAt: number;
}

const UPSTREAM_TIMEOUT_MS = 2000;
const UPSTREAM_TTL_MS = 60_000;

/** Everything that can be asked for: the routes' names, then the upstream's models while it answers. */
export function createModelList({ routes, passthrough, startedAt }: ModelListOptions) {
  const upstream = new LRUCache<string, readonly ProviderModel[]>({ max: 1, ttl: UPSTREAM_TTL_MS });

  async function listUpstream(): Promise<readonly ProviderModel[]> {
    if (passthrough === undefined) return [];
    const known = upstream.get("models");
    if (known !== undefined) return known;
    // A list without the upstream's models is more use than none.
    const models = await passthrough.models(AbortSignal.timeout(UPSTREAM_TIMEOUT_MS)).catch(() => []);
    upstream.set("models", models);
    return models;
  }

  return async (): Promise<readonly ListedModel[]> => {
    const names = routes
      .list()
      .filter((route) => route.enabled)
      .flatMap((route) => route.models);
    const own = names.map((id) => createModel({ id, created: startedAt, ownedBy: "tailor" }));
    const others = (await listUpstream()).filter(({ id }) => !names.includes(id)).map(createModel);
    return [...own, ...others];
  };
}

function createModel({
  id,
  created,
  ownedBy,
}: Pick<ProviderModel, "id" | "created" | "ownedBy">): ListedModel {
  return { id, object: "model", created, owned_by: ownedBy };
}
