/** Whose a line is; the fields of a sample, or of a logged request that was exported. */
export interface LineOrigin {
  readonly inferenceId: string | null;
  readonly stickyKeyHash: string | null;
}

/** True for what was erased from the log. Handed in: tombstones are the store's. */
export type IsErased = (origin: LineOrigin) => boolean;

/** Every line that tells of a person has one of these; most lines of a data set have none and are not parsed. */
const HINT = /"(?:inferenceId|userHash|stickyKeyHash)"/;

/** The origin of a line of samples or of exported requests; null when it tells of nobody. */
export function readLineOrigin(line: string): LineOrigin | null {
  if (!HINT.test(line)) return null;
  const value = parseObject(line);
  const inference = asObject(value?.inference);
  const inferenceId = asText(value?.inferenceId) ?? asText(inference?.id);
  const stickyKeyHash = asText(value?.userHash) ?? asText((inference ?? value)?.stickyKeyHash);
  return inferenceId === null && stickyKeyHash === null ? null : { inferenceId, stickyKeyHash };
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(line));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : null;
}

function asText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
