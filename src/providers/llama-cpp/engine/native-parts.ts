import type {
  Llama,
  LlamaContext,
  LlamaContextSequence,
  LlamaGrammarEvaluationState,
  LlamaModel,
  SequenceEvaluateOptions,
  Token,
} from "node-llama-cpp";

/**
 * The parts of node-llama-cpp that its public types leave out and that a decode with several samples needs. They hold
 * for exactly the version in package.json; test/providers/llama-cpp/jump-forward.test.ts fails when one is missing.
 */

export interface NativeSampler {
  applyConfig(config: object): void;
  dispose(): void;
}

interface NativeSamplerClass {
  new (model: unknown): NativeSampler;
  acceptGrammarEvaluationStateToken(state: unknown, token: Token): void;
}

interface NativeModel {
  readonly _model: unknown;
  readonly _llama: { readonly _bindings: { readonly AddonSampler: NativeSamplerClass } };
}

interface DecodeRequest {
  readonly sequenceId: number;
  readonly tokens: readonly Token[];
  /** True at the places that are sampled from. */
  readonly logits: readonly (boolean | undefined)[];
  readonly firstTokenSequenceIndex: number;
  readonly evaluationPriority: number;
  readonly tokenMeter: unknown;
  /** Called behind each decode that held some of the tokens; the next one waits for it. */
  readonly afterBatchAction: (sequenceLengthAndOne: number) => Promise<void> | undefined;
}

interface QueuedDecode {
  readonly sequenceId: number;
}

interface NativeDecoder {
  /** Makes room for a decode of so many tokens. */
  initBatch(tokens: number): void;
  /** Returns the logits' places in the batch, for each of `logitIndexes` (places in `tokens`). */
  addToBatch(
    sequenceId: number,
    firstTokenIndex: number,
    tokens: Uint32Array,
    logitIndexes: Uint32Array,
  ): ArrayLike<number> & Iterable<number>;
  decodeBatch(): Promise<void>;
  setThreads(threads: number): void;
  sampleToken(logitIndex: number, sampler: NativeSampler): Promise<Token | -1>;
  sampleToken(
    logitIndex: number,
    sampler: NativeSampler,
    wantsProbabilities: boolean,
    wantsConfidence: boolean,
  ): Promise<
    // Flat pairs of token and probability, likeliest first; the probability of the token that was picked.
    readonly [token: Token | -1, probabilities: readonly number[] | undefined, confidence: number | undefined]
  >;
  removeTokenCellsFromSequence(sequenceId: number, start: number, end: number): boolean;
}

interface NativeContext {
  readonly _ctx: NativeDecoder;
  /** What waits for the next decode. */
  readonly _queuedDecodes: QueuedDecode[];
  readonly _llama: Llama;
  _dispatchErrorForQueuedDecodesAndDequeue(queued: ReadonlySet<QueuedDecode>, error: unknown): void;
  /** `sample` is called for one place after the other, while nothing else decodes. */
  _decodeTokens(
    request: DecodeRequest,
    sample: (logitIndex: number) => Promise<Token | null>,
  ): Promise<readonly unknown[]>;
}

export interface NativeSequence {
  readonly _sequenceId: number;
  readonly _tokenMeter: unknown;
  readonly _context: NativeContext;
  _nextTokenIndex: number;
  readonly _contextTokens: Token[];
  _resolveSamplerConfig(options: SequenceEvaluateOptions): object;
}

// The places that look behind the public types.
export function openSequence(sequence: LlamaContextSequence): NativeSequence {
  return sequence as unknown as NativeSequence;
}

export function openContext(context: LlamaContext): NativeContext {
  return context as unknown as NativeContext;
}

/**
 * Decodes a batch that is filled; `onStart` is called meanwhile. Takes its threads without the library's book of who has
 * how many: decodes of all contexts follow each other on one pool thread.
 */
export async function decodeBatch(context: LlamaContext, onStart: () => void): Promise<void> {
  const { _ctx: native, _llama: llama } = openContext(context);
  native.setThreads(Math.min(context.idealThreads, llama.maxThreads));
  const decoding = native.decodeBatch();
  try {
    onStart();
  } finally {
    await decoding;
  }
}

/** Native classes come with read-only methods, which cannot be assigned over. */
export function replaceMethod<Name extends keyof NativeDecoder>(
  native: NativeDecoder,
  name: Name,
  method: NativeDecoder[Name],
): void {
  Object.defineProperty(native, name, { value: method, configurable: true });
}

export function createNativeSampler(model: LlamaModel): NativeSampler {
  const { _llama, _model } = model as unknown as NativeModel;
  return new _llama._bindings.AddonSampler(_model);
}

/** How many sequences wait for the next decode, put in the order in which llama.cpp takes them into one calculation. */
export function sortQueue(context: LlamaContext): number {
  const { _queuedDecodes: queue } = openContext(context);
  queue.sort((one, other) => one.sequenceId - other.sequenceId);
  return queue.length;
}

/**
 * Ends the wait of a sequence's tokens with `reason`, between two decodes; what is known to stand in the sequence
 * (`nextTokenIndex`) is kept. Returns their place in the queue; -1 where there are none, or where the model cannot
 * forget those of them that are evaluated already: then nothing is done.
 */
export function dropQueued(
  context: LlamaContext,
  { sequence, reason }: { readonly sequence: LlamaContextSequence; readonly reason: unknown },
): number {
  const native = openContext(context);
  const { _sequenceId: id, _nextTokenIndex: end } = openSequence(sequence);
  const place = native._queuedDecodes.findIndex(({ sequenceId }) => sequenceId === id);
  const queued = native._queuedDecodes[place];
  // The library counts a prompt's tokens only when all of them are in.
  if (queued === undefined || !native._ctx.removeTokenCellsFromSequence(id, end, -1)) return -1;
  native._dispatchErrorForQueuedDecodesAndDequeue(new Set([queued]), reason);
  return place;
}

/** Moves a grammar state on by a token that was not sampled. */
export function acceptOnGrammar(model: LlamaModel, state: LlamaGrammarEvaluationState, token: Token): void {
  const { _llama } = model as unknown as NativeModel;
  const { _state } = state as unknown as { readonly _state: unknown };
  _llama._bindings.AddonSampler.acceptGrammarEvaluationStateToken(_state, token);
}
