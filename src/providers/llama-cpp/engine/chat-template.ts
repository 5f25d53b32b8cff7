import { Template } from "@huggingface/jinja";
import type { EngineChatMessage } from "../engine-messages.ts";
import { EngineError } from "./engine-error.ts";
import { ModelFileError } from "./model-file.ts";

/** A part of a prompt: the template's own text may hold special tokens, a message's content never does. */
export interface PromptPart {
  readonly text: string;
  readonly isContent: boolean;
}

export interface ChatTemplate {
  /** The prompt up to where the assistant's answer begins. */
  render(messages: readonly EngineChatMessage[]): readonly PromptPart[];
}

/** Used when a GGUF carries no template of its own. */
const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}" +
  "{% endfor %}{{ '<|im_start|>assistant\\n' }}";

/** Private-use characters around a number: no chat text contains them by chance, and hostile text gains nothing. */
const MARK = /\uF8F1(\d+)\uF8F2/;

/**
 * A model's Jinja chat template. Contents are rendered as marks and put in afterwards, so that whatever a user types
 * stays text. A template that looks into contents (trims them, for instance) sees the marks; contents are trimmed
 * likewise when the template trims.
 * @throws ModelFileError when it cannot be parsed
 */
export function createChatTemplate(options: {
  readonly source: string | undefined;
  readonly bosText: string;
  readonly eosText: string;
}): ChatTemplate {
  const template = parseTemplate(options.source ?? CHATML);
  const renderText = (messages: readonly EngineChatMessage[]): string => {
    try {
      return template.render({
        messages: messages.map((message) => ({ ...message })),
        add_generation_prompt: true,
        bos_token: options.bosText,
        eos_token: options.eosText,
      });
    } catch {
      // Templates raise for what they cannot hold, such as two user turns in a row; their text may quote the prompt.
      throw new EngineError({
        kind: "invalid_request",
        message: "The model's chat template does not take this sequence of roles.",
        param: "messages",
      });
    }
  };
  const doesTrim = isTrimming(renderText);

  return {
    render(messages) {
      const contents = messages.map(({ content }) => (doesTrim ? content.trim() : content));
      const marked = messages.map((message, index) => ({ ...message, content: `\uF8F1${index}\uF8F2` }));
      return splitAtMarks(renderText(marked), contents);
    },
  };
}

function parseTemplate(source: string): Template {
  try {
    return new Template(source);
  } catch {
    // What the parser says may quote the template.
    throw new ModelFileError(
      "the model file's chat template cannot be read; correct it and export it again.",
    );
  }
}

function isTrimming(render: (messages: readonly EngineChatMessage[]) => string): boolean {
  try {
    return !render([{ role: "user", content: "  x  " }]).includes("  x  ");
  } catch {
    // It does not take a lone user turn; such templates are not known to trim.
    return false;
  }
}

function splitAtMarks(text: string, contents: readonly string[]): PromptPart[] {
  const parts: PromptPart[] = [];
  let rest = text;
  for (let match = MARK.exec(rest); match !== null; match = MARK.exec(rest)) {
    parts.push({ text: rest.slice(0, match.index), isContent: false });
    parts.push({ text: contents[Number(match[1])] ?? "", isContent: true });
    rest = rest.slice(match.index + match[0].length);
  }
  parts.push({ text: rest, isContent: false });
  return parts;
}
