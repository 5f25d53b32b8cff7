import { createJsonEndFinder } from "../../json-end.ts";

export type CallTextEvent =
  | { readonly kind: "call"; readonly index: number; readonly name: string }
  | { readonly kind: "arguments"; readonly index: number; readonly text: string };

const CALL_HEAD = /^[\s[,]*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*(?=\{)/;
const CALL_TAIL = /^\s*\}/;

/** Reads calls out of text that a schema has held to `{"name":…,"arguments":{…}}` or a list of these, as it comes. */
export function createCallTextReader(): (text: string) => CallTextEvent[] {
  let state: "head" | "arguments" | "tail" = "head";
  let held = "";
  let index = -1;
  let findEnd = createJsonEndFinder();

  /** One step as far as the held text allows; null when it needs more. */
  function read(): CallTextEvent[] | null {
    if (state === "arguments") return readArguments();
    const match = (state === "head" ? CALL_HEAD : CALL_TAIL).exec(held);
    if (match === null) return null;
    held = held.slice(match[0].length);
    if (state === "tail") {
      state = "head";
      return [];
    }
    state = "arguments";
    findEnd = createJsonEndFinder();
    return [{ kind: "call", index: ++index, name: JSON.parse(match[1] ?? '""') }];
  }

  function readArguments(): CallTextEvent[] | null {
    if (held === "") return null;
    const end = findEnd(held);
    const text = end < 0 ? held : held.slice(0, end);
    held = held.slice(text.length);
    if (end >= 0) state = "tail";
    return [{ kind: "arguments", index, text }];
  }

  return (text) => {
    held += text;
    const events: CallTextEvent[] = [];
    for (let step = read(); step !== null; step = read()) events.push(...step);
    return events;
  };
}
