import { z } from "zod";
import type { ProviderModel } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";

const modelListSchema = z.object({
  data: z.array(z.object({ id: z.string(), created: z.number().nullish(), owned_by: z.string().nullish() })),
});

export interface ModelList {
  /** The upstream's models, at most `ttlMs` old; throws what `fetchText` throws. */
  read(signal: AbortSignal): Promise<readonly ProviderModel[]>;
}

export interface ModelListOptions {
  /** Answers the body of `GET /models`. */
  readonly fetchText: (signal: AbortSignal) => Promise<string>;
  readonly vision: boolean;
  readonly ttlMs: number;
  readonly now: () => number;
}

export function createModelList({ fetchText, vision, ttlMs, now }: ModelListOptions): ModelList {
  let kept: { readonly models: readonly ProviderModel[]; readonly at: number } | null = null;
  return {
    async read(signal) {
      if (kept !== null && now() - kept.at < ttlMs) return kept.models;
      const models = parseModels(await fetchText(signal), vision);
      kept = { models, at: now() };
      return models;
    },
  };
}

function parseModels(text: string, vision: boolean): ProviderModel[] {
  const list = modelListSchema.safeParse(parseJson(text));
  if (!list.success) {
    throw new ProviderError("The upstream's model list is not in the wire format.", {
      kind: "invalid_response",
    });
  }
  return list.data.data.map(({ id, created, owned_by: ownedBy }) => ({
    id,
    created: created ?? 0,
    ownedBy: ownedBy ?? "upstream",
    vision,
  }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Refused by the schema a line later, with the same error as another wrong shape.
    return null;
  }
}
