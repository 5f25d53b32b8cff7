import { z } from "zod";

/** What stands for a probability too small to have a logarithm. */
export const UNLIKELY_LOGPROB = -9999;

const likelyTokenSchema = z.looseObject({
  /** The token's text; a replacement character where the token holds only a part of one. */
  token: z.string(),
  /** Natural logarithm. */
  logprob: z.number(),
  /** The text's UTF-8 bytes, whole also where `token` cannot show them. */
  bytes: z.array(z.number()).nullable(),
});
export type LikelyToken = z.infer<typeof likelyTokenSchema>;

const tokenLogprobSchema = likelyTokenSchema.extend({
  /** The likeliest tokens at this place, likeliest first; empty unless asked for. */
  top_logprobs: z.array(likelyTokenSchema),
});
export type TokenLogprob = z.infer<typeof tokenLogprobSchema>;

export const choiceLogprobsSchema = z.looseObject({
  content: z.array(tokenLogprobSchema).nullish(),
  refusal: z.array(tokenLogprobSchema).nullish(),
});
export type ChoiceLogprobs = z.infer<typeof choiceLogprobsSchema>;
