import type { ChatCompletionRequest } from "../../../protocol/chat-request.ts";
import { spliceMembers } from "../../../protocol/splice-json.ts";
import type { ClientBody, ProviderCall } from "../../provider.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { askForCallsBySchema, isCallForced } from "./forced-calls.ts";
import { createSchemaRule, type SchemaForm } from "./schema-form.ts";
import { listUnsupportedFields } from "./unsupported-fields.ts";

/** Fields that Tailor may carry inside a request for itself. */
const INTERNAL_PREFIX = "tailor_";

interface RequestBody {
  readonly text: string;
  /** Fields taken out because the upstream has no use for them. */
  readonly dropped: readonly string[];
  /** Calls were asked for by a schema: the answer's text stands for them. */
  readonly areCallsText: boolean;
}

export interface RequestBodyOptions {
  readonly dialect: Dialect;
  readonly schemaForm?: SchemaForm | undefined;
  /** Whether the upstream may be asked for the usage of a stream; some refuse the field. */
  readonly streamUsage: boolean;
}

export type RequestWriter = (call: ProviderCall, way: { stream: boolean }) => RequestBody;

/** How requests to one upstream are written. */
export function createRequestWriter({
  dialect,
  schemaForm = dialect.schemaForm,
  streamUsage,
}: RequestBodyOptions): RequestWriter {
  const placeSchema = createSchemaRule(schemaForm);

  return (call, { stream }) => {
    const ruled = dialect.rules.reduce((request, rule) => rule(request), call.request);
    const areCallsText = dialect.forcedCalls === "schema" && isCallForced(ruled);
    const dropped = listUnsupportedFields(ruled, dialect.unsupported);
    const asked: ChatCompletionRequest = {
      ...(areCallsText ? askForCallsBySchema(ruled) : ruled),
      model: call.model,
      stream: stream || pickIdleStream(call.clientBody),
      // Refused upstream without `stream`.
      ...(stream && streamUsage ? {} : { stream_options: undefined }),
      ...Object.fromEntries(dropped.map((name) => [name, undefined])),
    };
    const sent = placeSchema(asked);
    return { text: writeRequest(sent, call.clientBody), dropped, areCallsText };
  };
}

/** Not to stream, in the client's own words: nothing is added for those who said nothing about it. */
function pickIdleStream(clientBody: ClientBody | undefined): boolean | null | undefined {
  if (clientBody === undefined) return false;
  return clientBody.request.stream === true ? false : clientBody.request.stream;
}

/** The client's text with what differs replaced; without such a text the request's fields in their order. */
function writeRequest(request: ChatCompletionRequest, clientBody: ClientBody | undefined): string {
  const sent = Object.entries(request).filter(([name]) => !name.startsWith(INTERNAL_PREFIX));
  if (clientBody === undefined) return JSON.stringify(Object.fromEntries(sent));
  const { text, request: original } = clientBody;
  const edits = new Map<string, unknown>();
  const names = new Set<string>();
  for (const [name, value] of sent) {
    names.add(name);
    // By identity: whoever changed a member made a new value of it.
    if (!Object.is(value, original[name])) edits.set(name, value);
  }
  for (const name of Object.keys(original)) if (!names.has(name)) edits.set(name, undefined);
  return spliceMembers(text, edits);
}
