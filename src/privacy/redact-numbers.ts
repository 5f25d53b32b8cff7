import { isCard, isPhone } from "./number-kinds.ts";

/** Runs of at least seven digits with the marks that people put between them; may hold several numbers. */
const RUN = /(?<![\p{L}\p{N}$€£¥.,-])(?:\+|\()?\d[\d ().\u00a0/-]{5,120}\d(?![\p{L}\p{N}%€]|[.,-]\d)/gu;
const JSON_NUMBER = /([:[,]\s{0,100})(\d{13,19})(?=\s{0,100}[,\]}])/g;
const GROUP = /[+(]{0,2}\d+\)?/g;
/** Groups that one number is spread over at most: a phone number dictated in pairs has nine. */
const MAX_GROUPS = 9;

/** Payment cards become `[card]`, phone numbers `[phone]`; leftmost and longest first. */
export function redactNumbers(text: string): string {
  return text.replace(RUN, redactRun);
}

/** JSON's own numbers, outside of its strings: a card among them becomes `null`, which is valid in its place. */
export function redactJsonNumbers(json: string): string {
  return json.replace(JSON_NUMBER, (whole, before: string, digits: string) =>
    isCard(digits) ? `${before}null` : whole,
  );
}

function redactRun(run: string): string {
  const groups = [...run.matchAll(GROUP)].map(({ index, 0: group }) => ({
    start: index,
    end: index + group.length,
  }));
  let redacted = "";
  let position = 0;
  for (let first = 0; first < groups.length; first++) {
    const start = groups[first]?.start ?? 0;
    for (let last = Math.min(groups.length, first + MAX_GROUPS) - 1; last >= first; last--) {
      const end = groups[last]?.end ?? 0;
      const span = run.slice(start, end);
      // 0.4111111111111111 is a share.
      const isFraction = run[start - 1] === "." && /^\d+$/.test(span);
      const placeholder = isFraction ? null : pickPlaceholder(span, run);
      if (placeholder === null) continue;
      redacted += run.slice(position, start) + placeholder;
      position = end;
      first = last;
      break;
    }
  }
  return redacted + run.slice(position);
}

function pickPlaceholder(span: string, run: string): string | null {
  if (isCard(span)) return "[card]";
  return isPhone(span, { isWhole: span === run }) ? "[phone]" : null;
}
