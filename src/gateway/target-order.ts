import { createHash } from "node:crypto";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import type { Provider } from "../providers/provider.ts";
import type { Route, Target } from "../routing/route.ts";
import type { InferenceIntake } from "./inference-trace.ts";

/** INTERIM: replaced by src/routing. */
export function pickByStickyKey(options: {
  route: Route;
  request: ChatCompletionRequest;
  requestId: string;
  header: string | undefined;
}): Pick<InferenceIntake, "bucket" | "stickyKeyHash" | "picked"> {
  const { route, request, requestId, header } = options;
  const key = header ?? request.safety_identifier ?? request.user ?? null;
  const digest = createHash("sha256")
    .update(`${route.name}:${route.sticky ? (key ?? requestId) : requestId}`)
    .digest();
  const bucket = digest.readUInt32BE(0) % 10_000;
  let upper = 0;
  const picked =
    route.targets.find((target) => {
      upper += target.percent * 100;
      return bucket < upper;
    }) ?? route.targets[0];
  if (picked === undefined) throw new Error("a route without targets");
  return {
    bucket,
    picked,
    stickyKeyHash: key === null ? null : createHash("sha256").update(key).digest("hex"),
  };
}

export function listTargetsInOrder(
  { route, picked }: InferenceIntake,
  _providers: ReadonlyMap<string, Provider>,
): readonly Target[] {
  const rest = route.fallback.flatMap((id) => route.targets.filter((target) => target.id === id));
  return [picked, ...rest.filter((target) => target.id !== picked.id)];
}
