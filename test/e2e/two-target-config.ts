/** A gateway whose one route answers by one model of an upstream and asks another as its shadow, with all consent. */
export function createTwoTargetConfig({
  baseUrl,
  model,
  cache,
}: {
  readonly baseUrl: string;
  /** The name that clients ask for. */
  readonly model: string;
  readonly cache?: object;
}) {
  const provider = { kind: "openai", baseUrl, apiKeyEnv: null, licenseClass: "commercial_ok" };
  const route = {
    name: "stylist",
    models: [model],
    targets: [
      { id: "first", provider: "up", model: "first-model", percent: 100 },
      { id: "second", provider: "up", model: "second-model", percent: 0 },
    ],
    shadow: [{ target: "second", percent: 100, maxConcurrency: 8 }],
    ...(cache !== undefined && { cache }),
    consent: "train",
  };
  return { providers: { up: provider }, routes: [route], passthrough: null };
}
