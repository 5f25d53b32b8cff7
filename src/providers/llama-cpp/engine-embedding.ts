import type { ProviderError } from "../provider-error.ts";
import { convertToProviderError, type EngineLink } from "./engine-answer.ts";

export interface EngineVectors {
  /** In the order of the inputs. */
  readonly vectors: readonly Float32Array[];
  readonly promptTokens: number;
}

export interface EngineEmbedding {
  /** Rejects with what ended the job early. */
  readonly result: Promise<EngineVectors>;
  /** Resolves when the engine is done with the job, whether it went well or not. */
  readonly released: Promise<void>;
  /** Stops caring: the result is `reason`, the engine is told to stop. */
  abandon(reason: unknown): void;
}

/** The parent's side of one job of embeddings: collects the engine's messages. */
export function createEngineEmbedding(sendAbort: () => void): EngineLink & {
  readonly embedding: EngineEmbedding;
} {
  const result = Promise.withResolvers<EngineVectors>();
  const released = Promise.withResolvers<void>();
  const vectors: Float32Array[] = [];
  let promptTokens = 0;
  let isOver = false;
  // A caller may look at the other one only; this must not become an unhandled rejection.
  result.promise.catch(() => {});

  function end(): void {
    isOver = true;
    released.resolve();
  }

  return {
    embedding: {
      result: result.promise,
      released: released.promise,
      abandon(reason) {
        if (isOver) return;
        result.reject(reason);
        sendAbort();
      },
    },
    lose(error: ProviderError) {
      result.reject(error);
      end();
    },
    receive(message) {
      if (message.type === "vector") {
        vectors[message.index] = message.vector;
        promptTokens += message.promptTokens;
        return;
      }
      if (message.type === "failed") result.reject(convertToProviderError(message.error));
      if (message.type === "finished") result.resolve({ vectors, promptTokens });
      if (message.type === "failed" || message.type === "finished") end();
    },
  };
}
