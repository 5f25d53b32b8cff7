/** One request to an upstream and its answer, byte for byte. */
export interface WireExchange {
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** UTF-8 text: every byte of these protocols is part of some. */
    readonly body: string;
  };
}

/** Requests are the same when their JSON is, key order included. */
export function keyOf({ method, path, body }: WireExchange["request"]): string {
  return `${method} ${path} ${JSON.stringify(body)}`;
}
