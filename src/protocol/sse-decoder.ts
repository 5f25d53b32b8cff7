export interface SseEvent {
  /** The `event` field; "message" when the sender named none. */
  readonly event: string;
  /** All `data` lines of the event, joined by line feeds. */
  readonly data: string;
}

/** The bytes are no event stream that we are ready to read: one event is larger than allowed. */
export class SseLimitError extends Error {
  override readonly name = "SseLimitError";
}

const LINE_END = /\r\n|\n|\r/;

export interface SseDecoder {
  /** Feeds bytes as they came off the wire; answers the events that they complete. Throws SseLimitError. */
  push(bytes: Uint8Array): SseEvent[];
}

export interface SseDecoderOptions {
  /** Bound on a line and on the data of one event, in UTF-16 units. */
  readonly maxEventLength?: number;
}

/**
 * Decodes server-sent events (WHATWG HTML, section 9.2.6): lines end with LF, CRLF or CR, characters and line ends may
 * be cut anywhere between two chunks. What follows the last blank line is dropped, so a cut event is never half read.
 */
export function createSseDecoder({ maxEventLength = 8 * 1024 * 1024 }: SseDecoderOptions = {}): SseDecoder {
  const text = new TextDecoder();
  const event = createEventBuilder(maxEventLength);
  let rest = "";
  let endedWithCarriageReturn = false;

  return {
    push(bytes) {
      let piece = text.decode(bytes, { stream: true });
      if (piece === "") return [];
      // The second half of a CRLF that was cut in two is no line of its own.
      if (endedWithCarriageReturn && piece.startsWith("\n")) piece = piece.slice(1);
      endedWithCarriageReturn = piece === "" ? false : piece.endsWith("\r");
      // Splitting at every piece would read a long line over and over.
      const lines = LINE_END.test(piece) ? (rest + piece).split(LINE_END) : [rest + piece];
      rest = lines.pop() ?? "";
      if (rest.length > maxEventLength) throw tooLarge(maxEventLength);
      return lines.flatMap((line) => event.add(line) ?? []);
    },
  };
}

/** Collects the lines of one event; answers it at the blank line. */
function createEventBuilder(maxEventLength: number): { add(line: string): SseEvent | undefined } {
  let name = "";
  let data: string[] = [];
  let length = 0;

  function take(): SseEvent | undefined {
    const event = data.length === 0 ? undefined : { event: name || "message", data: data.join("\n") };
    name = "";
    data = [];
    length = 0;
    return event;
  }

  return {
    add(line) {
      if (line === "") return take();
      if (line.startsWith(":")) return undefined;
      const [field, value] = splitField(line);
      if (field === "event") name = value;
      if (field !== "data") return undefined;
      length += value.length;
      if (length > maxEventLength) throw tooLarge(maxEventLength);
      data.push(value);
      return undefined;
    },
  };
}

function splitField(line: string): [field: string, value: string] {
  const colon = line.indexOf(":");
  if (colon === -1) return [line, ""];
  const start = line[colon + 1] === " " ? colon + 2 : colon + 1;
  return [line.slice(0, colon), line.slice(start)];
}

function tooLarge(maxEventLength: number): SseLimitError {
  return new SseLimitError(`a server-sent event is larger than ${maxEventLength} characters`);
}
