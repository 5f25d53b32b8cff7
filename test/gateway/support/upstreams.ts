import { createScriptedUpstream, type ScriptedUpstream } from "../../support/scripted-upstream.ts";
import type { UpstreamScript } from "../../support/upstream-script.ts";

export function answerWith(content: string, fields: { finishReason?: string } = {}): UpstreamScript {
  return { kind: "answer", content, ...fields };
}

export function failWith(status: number, error: object = {}): UpstreamScript {
  return { kind: "raw", status, body: JSON.stringify({ error }) };
}

/** An upstream that knows the models the test gateway's targets ask for. */
export function startUpstream(script: UpstreamScript): Promise<ScriptedUpstream> {
  return createScriptedUpstream({ models: ["first-model", "second-model"], script });
}
