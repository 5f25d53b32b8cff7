import { listNonTextParts } from "../protocol/text-of-message.ts";
import type { Provider } from "../providers/provider.ts";
import { listFallbackOrder } from "../routing/fallback-order.ts";
import type { Target } from "../routing/route.ts";
import type { InferenceTrace } from "./inference-trace.ts";

/**
 * The targets a request is put to, in order. Why the picked one does not come first, when it does not, is noted as the
 * fallback reason.
 */
export function listTargetsInOrder(
  trace: InferenceTrace,
  providers: ReadonlyMap<string, Provider>,
): readonly Target[] {
  const { route, picked, request } = trace.intake;
  const wantsEyes =
    route.imagePolicy === "vision" && listNonTextParts(request.messages).includes("image_url");
  const order = listFallbackOrder({
    route,
    picked,
    isUsable: ({ provider }) => providers.has(provider),
    // Our own local models read text only; whatever is upstream is taken to see.
    isPreferred: wantsEyes ? ({ provider }) => providers.get(provider)?.kind === "openai" : undefined,
  });
  if (!providers.has(picked.provider)) trace.fallbackReason = `${picked.id}:unavailable`;
  else if (order[0] !== picked) trace.fallbackReason = `${picked.id}:image`;
  return order;
}
