import type { Dialect, Place } from "./dialect.ts";

/** The last version of Azure's dated interface that is not a preview. */
const DEFAULT_API_VERSION = "2024-10-21";

/**
 * Azure OpenAI. A base URL that ends in `/openai/v1` is the undated interface: OpenAI's paths, the deployment's name as
 * the model. Otherwise the deployment stands in the path and `api-version` in the query.
 */
export const azureDialect: Dialect = {
  name: "azure",
  locate: (place) => (place.basePath.endsWith("/openai/v1") ? locateUndated(place) : locateDated(place)),
  createKeyHeaders: (apiKey) => ({ "api-key": apiKey }),
  rules: [],
  schemaForm: "response_format",
  forcedCalls: "tool_choice",
  unsupported: [],
};

function locateUndated({ basePath, endpoint, apiVersion }: Place): string {
  return `${basePath}/${endpoint}${apiVersion === undefined ? "" : createQuery(apiVersion)}`;
}

function locateDated({ basePath, endpoint, model, apiVersion = DEFAULT_API_VERSION }: Place): string {
  const root = basePath.endsWith("/openai") ? basePath : `${basePath}/openai`;
  const deployment = model === null ? "" : `/deployments/${encodeURIComponent(model)}`;
  return `${root}${deployment}/${endpoint}${createQuery(apiVersion)}`;
}

function createQuery(apiVersion: string): string {
  return `?api-version=${encodeURIComponent(apiVersion)}`;
}
