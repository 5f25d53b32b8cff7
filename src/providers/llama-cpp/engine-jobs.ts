import type { ConstraintProgram } from "../decoding-constraint.ts";
import type { ProviderError } from "../provider-error.ts";
import {
  createEngineAnswer,
  type EngineAnswer,
  type EngineAnswerLink,
  type JobMessage,
} from "./engine-answer.ts";
import type { EngineJob, ToEngine } from "./engine-messages.ts";

/** The jobs that are with the engine, and those that wait for its next start. */
export interface EngineJobs {
  start(job: Omit<EngineJob, "jobId">, program: ConstraintProgram | null): EngineAnswer;
  receive(message: JobMessage): void;
  /** A fresh engine takes messages: hands it the jobs that waited. */
  sendWaiting(): void;
  /** The engine died: what it had is lost, what waits goes on waiting. */
  loseSent(error: ProviderError): void;
  loseAll(error: ProviderError): void;
  /** Jobs that the engine has. */
  readonly sent: number;
}

interface Entry {
  readonly link: EngineAnswerLink;
  readonly job: EngineJob;
  isSent: boolean;
}

export function createEngineJobs(options: {
  readonly send: (message: ToEngine) => void;
  readonly isRunning: () => boolean;
}): EngineJobs {
  const { send, isRunning } = options;
  const entries = new Map<number, Entry>();
  let nextJobId = 1;

  function sendJob(entry: Entry): void {
    entry.isSent = true;
    send({ type: "generate", job: entry.job });
  }

  /** A job that the engine never saw has nobody to say that it is over. */
  function abort(entry: Entry): void {
    const { jobId } = entry.job;
    if (entry.isSent) {
      send({ type: "abort", jobId });
      return;
    }
    entries.delete(jobId);
    entry.link.receive({ type: "finished", jobId, finishReason: "stop", completionTokens: 0 });
  }

  function lose(error: ProviderError, isLost: (entry: Entry) => boolean): void {
    const lost = [...entries.values()].filter(isLost);
    for (const { job } of lost) entries.delete(job.jobId);
    for (const { link } of lost) link.lose(error);
  }

  return {
    start(job, program) {
      const jobId = nextJobId++;
      const link = createEngineAnswer({
        program,
        sendSteps: (steps) => send({ type: "steps", jobId, steps }),
        sendAbort: () => abort(entry),
      });
      const entry: Entry = { link, job: { ...job, jobId }, isSent: false };
      entries.set(jobId, entry);
      if (isRunning()) sendJob(entry);
      return link.answer;
    },
    receive(message) {
      const entry = entries.get(message.jobId);
      if (message.type === "finished" || message.type === "failed") entries.delete(message.jobId);
      entry?.link.receive(message);
    },
    sendWaiting() {
      for (const entry of entries.values()) if (!entry.isSent) sendJob(entry);
    },
    loseSent: (error) => lose(error, ({ isSent }) => isSent),
    loseAll: (error) => lose(error, () => true),
    get sent() {
      return [...entries.values()].filter(({ isSent }) => isSent).length;
    },
  };
}
