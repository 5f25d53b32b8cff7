import type { GatewayDeps } from "../gateway/gateway-deps.ts";
import type { Provider } from "../providers/provider.ts";
import type { ShadowRunner } from "../shadow/create-shadow-runner.ts";

/** Hands a finished request to the shadow runner in its own words. */
export function createShadowOffering(
  runner: ShadowRunner,
  providers: ReadonlyMap<string, Provider>,
): GatewayDeps["offerShadow"] {
  return ({ intake, answer, target }) => {
    const { id, stickyKeyHash, route, request, consent, recognise } = intake;
    if (route.shadow.length === 0) return;
    runner.offer({
      inferenceId: id,
      stickyKeyHash,
      route,
      answeredBy: target?.id ?? null,
      request,
      bodyText: intake.clientBody?.text,
      consent,
      primaryAnswer: target === null ? null : answer,
      constraintFor: ({ provider }) =>
        route.constraints && providers.get(provider)?.kind === "llama-cpp"
          ? (recognise()?.createConstraint() ?? undefined)
          : undefined,
    });
  };
}
