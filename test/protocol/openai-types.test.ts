import type OpenAI from "openai";
import { expectTypeOf, it } from "vitest";
import type { z } from "zod";
import type { ChatCompletionChunk } from "../../src/protocol/chat-chunk.ts";
import type { ChatCompletion } from "../../src/protocol/chat-completion.ts";
import type { ChatCompletionRequest, chatCompletionRequestSchema } from "../../src/protocol/chat-request.ts";
import type { ErrorEnvelope } from "../../src/protocol/openai-error.ts";

/** An interface has no implicit index signature, a mapped copy of it has: what a loose object type asks for. */
type Plain<T> = T extends string ? T : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;

/** Drops the index signature that a loose object adds and the fields we pass on unread, everywhere inside. */
type Known<T> = T extends readonly (infer Item)[]
  ? Known<Item>[]
  : T extends object
    ? { [K in keyof T as string extends K ? never : unknown extends T[K] ? never : K]: Known<T[K]> }
    : T;

/** Any part may be absent or null: how we read what upstreams write. */
type Loosened<T> = T extends readonly (infer Item)[]
  ? Loosened<Item>[]
  : T extends object
    ? { [K in keyof T]?: Loosened<T[K]> | null | undefined }
    : T;

// These fail at compile time (`npm run typecheck`); the runner only sees that the file loads.
it("takes every request that the openai package can send", () => {
  expectTypeOf<Plain<OpenAI.ChatCompletionCreateParams>>().toExtend<
    z.input<typeof chatCompletionRequestSchema>
  >();
});

it("hands upstreams requests that the openai package would send", () => {
  type Sent = Known<ChatCompletionRequest>;
  expectTypeOf<Sent["temperature"]>().toExtend<OpenAI.ChatCompletionCreateParams["temperature"]>();
  expectTypeOf<Sent["stop"]>().toExtend<OpenAI.ChatCompletionCreateParams["stop"]>();
  expectTypeOf<Sent["messages"][number]["role"]>().toEqualTypeOf<OpenAI.ChatCompletionMessageParam["role"]>();
});

it("reads every answer and chunk that the openai package knows", () => {
  expectTypeOf<Plain<OpenAI.ChatCompletion>>().toExtend<ChatCompletion>();
  expectTypeOf<Plain<OpenAI.ChatCompletionChunk>>().toExtend<ChatCompletionChunk>();
});

it("writes answers, chunks and errors that the openai package can read", () => {
  expectTypeOf<Known<ChatCompletion>>().toExtend<Loosened<OpenAI.ChatCompletion>>();
  expectTypeOf<Known<ChatCompletionChunk>>().toExtend<Loosened<OpenAI.ChatCompletionChunk>>();
  expectTypeOf<ErrorEnvelope["error"]>().toExtend<OpenAI.ErrorObject>();
});
