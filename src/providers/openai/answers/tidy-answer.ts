import { openCallPieces } from "./call-pieces.ts";
import { nameFinishReason } from "./finish-reason.ts";
import { nameReasoning } from "./reasoning-field.ts";
import { nameSpeaker } from "./speaker-role.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What stands on every chunk of an answer; upstreams leave some of it out, or out of some chunks. */
export interface AnswerStamp {
  readonly object: "chat.completion" | "chat.completion.chunk";
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly model: string;
}

/**
 * An upstream's answer or chunk in OpenAI's form as far as that needs no guessing: what is missing of the stamp, finish
 * reasons by their usual names. Answers `value` itself where nothing is to be done, which is nearly always.
 */
export function tidyAnswer(value: unknown, stamp: AnswerStamp): unknown {
  if (!isObject(value)) return value;
  const listed = listChoices(value);
  if (listed === null) return value;
  const choices = mapSame(listed, tidyChoice);
  const isStamped =
    value.object === stamp.object && value.id && typeof value.created === "number" && value.model;
  if (isStamped && choices === value.choices) return value;
  return {
    ...value,
    object: stamp.object,
    id: value.id || stamp.id,
    created: typeof value.created === "number" && value.created > 0 ? value.created : stamp.created,
    model: value.model || stamp.model,
    choices,
  };
}

/** The usage's own chunk has no choices, which not all upstreams write as an empty list. */
function listChoices({ choices, usage }: Fields): readonly unknown[] | null {
  if (Array.isArray(choices)) return choices;
  return (choices === undefined || choices === null) && isObject(usage) ? [] : null;
}

function tidyChoice(choice: unknown, position: number): unknown {
  if (!isObject(choice)) return choice;
  const reason = nameFinishReason(choice.finish_reason);
  const isWhole = isObject(choice.message);
  const side = isWhole ? "message" : "delta";
  const said = isObject(choice[side]) ? tidySaid(choice[side], isWhole) : choice[side];
  const isSame = reason === choice.finish_reason && said === choice[side] && typeof choice.index === "number";
  return isSame ? choice : { index: position, ...choice, finish_reason: reason, [side]: said };
}

function tidySaid(said: Fields, isWhole: boolean): Fields {
  const named = nameSpeaker(nameReasoning(said), { isWhole });
  return isWhole ? named : openCallPieces(named);
}

/** As `map`, but answers the very array when no item changed. */
function mapSame(
  items: readonly unknown[],
  change: (item: unknown, position: number) => unknown,
): readonly unknown[] {
  const changed = items.map(change);
  return changed.every((item, position) => item === items[position]) ? items : changed;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
