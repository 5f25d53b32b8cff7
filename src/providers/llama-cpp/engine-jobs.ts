import type { ConstraintProgram } from "../decoding-constraint.ts";
import type { ProviderError } from "../provider-error.ts";
import { createEngineAnswer, type EngineAnswer, type EngineLink, type JobMessage } from "./engine-answer.ts";
import { createEngineEmbedding, type EngineEmbedding } from "./engine-embedding.ts";
import type { EmbeddingJob, EngineJob, ToEngine } from "./engine-messages.ts";

/** The jobs that are with the engine, and those that wait for its next start. */
export interface EngineJobs {
  start(job: Omit<EngineJob, "jobId">, program: ConstraintProgram | null): EngineAnswer;
  startEmbedding(job: Omit<EmbeddingJob, "jobId">): EngineEmbedding;
  receive(message: JobMessage): void;
  /** A fresh engine takes messages: hands it the jobs that waited. */
  sendWaiting(): void;
  /** The engine died: what it had is lost, what waits goes on waiting. */
  loseSent(error: ProviderError): void;
  loseAll(error: ProviderError): void;
  /** Jobs that the engine has, and whether one of them is of embeddings. */
  readonly sent: number;
  readonly hasEmbedding: boolean;
}

interface Entry {
  readonly link: EngineLink;
  readonly order: Extract<ToEngine, { readonly type: "generate" | "embed" }>;
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
    send(entry.order);
  }

  function open(link: EngineLink, order: Entry["order"]): void {
    const entry: Entry = { link, order, isSent: false };
    entries.set(order.job.jobId, entry);
    if (isRunning()) sendJob(entry);
  }

  /** A job that the engine never saw has nobody to say that it is over. */
  function abort(jobId: number): void {
    const entry = entries.get(jobId);
    if (entry === undefined || entry.isSent) {
      send({ type: "abort", jobId });
      return;
    }
    entries.delete(jobId);
    entry.link.receive({ type: "finished", jobId, finishReason: "stop", completionTokens: 0 });
  }

  function lose(error: ProviderError, isLost: (entry: Entry) => boolean): void {
    const lost = [...entries.values()].filter(isLost);
    for (const { order } of lost) entries.delete(order.job.jobId);
    for (const { link } of lost) link.lose(error);
  }

  const listSent = () => [...entries.values()].filter(({ isSent }) => isSent);

  return {
    start(job, program) {
      const jobId = nextJobId++;
      const link = createEngineAnswer({
        program,
        sendSteps: (steps) => send({ type: "steps", jobId, steps }),
        sendAbort: () => abort(jobId),
      });
      open(link, { type: "generate", job: { ...job, jobId } });
      return link.answer;
    },
    startEmbedding(job) {
      const jobId = nextJobId++;
      const link = createEngineEmbedding(() => abort(jobId));
      open(link, { type: "embed", job: { ...job, jobId } });
      return link.embedding;
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
      return listSent().length;
    },
    get hasEmbedding() {
      return listSent().some(({ order }) => order.type === "embed");
    },
  };
}
