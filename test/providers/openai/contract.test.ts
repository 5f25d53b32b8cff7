import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import { createScriptedUpstream } from "../../support/scripted-upstream.ts";
import { describeProviderContract } from "../contract.ts";

describeProviderContract("openai", async () => {
  const upstream = await createScriptedUpstream({
    script: ({ user }) => (user === "slow" ? { kind: "answer", tokenMs: 40 } : { kind: "answer" }),
  });
  const provider = createOpenAiProvider({
    id: "upstream",
    baseUrl: upstream.baseUrl,
    licenseClass: "restricted_teacher",
  });
  return {
    provider,
    model: "upstream-model",
    slowRequest: { user: "slow" },
    cut: async () => upstream.cutConnections(),
    close: async () => {
      await provider.close(500);
      await upstream.close();
    },
  };
});
