/** Encoders: read text into numbers but write none. */
const ENCODERS = /bert|t5encoder|gemma-embedding/;
/** Each token sees those behind it, too. Others may say so in their file. */
const TWO_WAY = /bert|t5encoder|gemma-embedding|dream|llada|rnd1/;
/** Goes with a model that reads text, but reads none itself. */
const PICTURES = "clip";

export function isEncoder(architecture: string): boolean {
  return ENCODERS.test(architecture);
}

export function writesText(architecture: string): boolean {
  return !isEncoder(architecture) && architecture !== PICTURES;
}

export function readsText(architecture: string): boolean {
  return architecture !== PICTURES;
}

/** Whether a token's state depends on the tokens before it alone. */
export function looksBackOnly(architecture: string, causal: number | undefined): boolean {
  return !TWO_WAY.test(architecture) && causal !== 0;
}
