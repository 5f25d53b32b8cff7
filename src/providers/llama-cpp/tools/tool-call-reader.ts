import { createJsonEndFinder } from "../../json-end.ts";
import { measureOverlap } from "../mark-overlap.ts";
import { CALL_OPEN } from "./call-form.ts";

export type ToolEvent =
  | { readonly kind: "content"; readonly text: string }
  | { readonly kind: "call"; readonly index: number; readonly name: string }
  | { readonly kind: "arguments"; readonly index: number; readonly text: string };

export interface ToolCallReader {
  /** What the text adds to the answer. */
  push(text: string): ToolEvent[];
  /** What was held back because it might have become a call. */
  flush(): ToolEvent[];
}

const CALL_HEAD = /^\{"name":"([^"]*)","arguments":/;

/** Tells plain text and calls apart as they are decoded. The grammar has seen to the form, so nothing is parsed twice. */
export function createToolCallReader(): ToolCallReader {
  let state: "text" | "head" | "arguments" | "tail" = "text";
  let held = "";
  let index = -1;
  let isObjectOver = createJsonEndFinder();

  /** One step as far as the held text allows; null when it needs more. */
  function read(): ToolEvent[] | null {
    switch (state) {
      case "text":
        return readText();
      case "head": {
        const match = CALL_HEAD.exec(held);
        if (match === null) return null;
        index++;
        held = held.slice(match[0].length);
        state = "arguments";
        isObjectOver = createJsonEndFinder();
        return [{ kind: "call", index, name: match[1] ?? "" }];
      }
      case "arguments":
        return readArguments();
      case "tail": {
        const start = held.indexOf(CALL_OPEN);
        if (start < 0) return null;
        held = held.slice(start + CALL_OPEN.length);
        state = "head";
        return [];
      }
      default:
        throw state satisfies never;
    }
  }

  function readText(): ToolEvent[] | null {
    const start = held.indexOf(CALL_OPEN);
    const end = start < 0 ? held.length - measureOverlap(held, CALL_OPEN) : start;
    const text = held.slice(0, end);
    held = held.slice(start < 0 ? end : start + CALL_OPEN.length);
    if (start >= 0) state = "head";
    else if (text === "") return null;
    return text === "" ? [] : [{ kind: "content", text }];
  }

  function readArguments(): ToolEvent[] | null {
    if (held === "") return null;
    const end = isObjectOver(held);
    const text = end < 0 ? held : held.slice(0, end);
    held = end < 0 ? "" : held.slice(end);
    if (end >= 0) state = "tail";
    return [{ kind: "arguments", index, text }];
  }

  return {
    push(text) {
      held += text;
      const events: ToolEvent[] = [];
      for (let step = read(); step !== null; step = read()) events.push(...step);
      return events;
    },
    flush() {
      const text = state === "text" ? held : "";
      held = "";
      return text === "" ? [] : [{ kind: "content", text }];
    },
  };
}
