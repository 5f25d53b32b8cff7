type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * How long the upstream wants to be left alone, in milliseconds: `retry-after-ms`, else `retry-after` (RFC 9110,
 * seconds or an HTTP date). Undefined when it does not say or says nonsense.
 */
export function parseRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const milliseconds = parseCount(headers["retry-after-ms"]);
  if (milliseconds !== undefined) return milliseconds;
  const seconds = parseCount(headers["retry-after"]);
  if (seconds !== undefined) return seconds * 1000;
  const text = firstOf(headers["retry-after"]);
  const dateMs = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

function parseCount(header: string | string[] | undefined): number | undefined {
  const text = firstOf(header)?.trim();
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
