import { RegularLanguage } from "./regular-language.ts";

const DIGIT_PAIR_59 = "[0-5]\\d";
const LEAP_YEAR = "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
const DATE = `(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))|${LEAP_YEAR}-02-29)`;
/** Without leap seconds: not every validator takes them. */
const TIME = `(?:[01]\\d|2[0-3]):${DIGIT_PAIR_59}:${DIGIT_PAIR_59}(?:\\.\\d{1,9})?(?:Z|[+-](?:[01]\\d|2[0-3]):${DIGIT_PAIR_59})`;

const DURATION_TIME = "T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)";
const DURATION_DATE = "(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)";
const DURATION = `P(?:${DURATION_DATE}(?:${DURATION_TIME})?|${DURATION_TIME}|\\d+W)`;

const LETTERS = "a-zA-Z";
/** International names know no capitals. */
const SMALL_LETTERS = "a-z";
const ATOM = "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+";

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;
const IPV6 = createAddressPattern();

const PERCENT = "%[0-9a-fA-F]{2}";
const HOST_CHARACTER = `(?:[a-zA-Z0-9._~!$&'()*+,;=-]|${PERCENT})`;
const USER_CHARACTER = `(?:[a-zA-Z0-9._~!$&'()*+,;=:-]|${PERCENT})`;
const PATH_CHARACTER = `(?:[a-zA-Z0-9._~!$&'()*+,;=:@-]|${PERCENT})`;
const QUERY_CHARACTER = `(?:[a-zA-Z0-9._~!$&'()*+,;=:@/?-]|${PERCENT})`;
const REST_OF_PATH = `(?:/${PATH_CHARACTER}*)*`;
const AUTHORITY = `//(?:${USER_CHARACTER}*@)?${HOST_CHARACTER}*(?::\\d*)?${REST_OF_PATH}`;
const ABSOLUTE_PATH = `/(?:${PATH_CHARACTER}+${REST_OF_PATH})?`;
const QUERY = `(?:\\?${QUERY_CHARACTER}*)?(?:#${QUERY_CHARACTER}*)?`;
const URI = `[a-zA-Z][a-zA-Z0-9+.-]*:(?:${AUTHORITY}|${ABSOLUTE_PATH}|${PATH_CHARACTER}+${REST_OF_PATH})${QUERY}`;
/** Without a scheme the first segment holds no colon, or it would be taken for one. */
const RELATIVE = `(?:${AUTHORITY}|${ABSOLUTE_PATH}|(?:[a-zA-Z0-9._~!$&'()*+,;=@-]|${PERCENT})+${REST_OF_PATH})?${QUERY}`;

const VARIABLE = "[a-zA-Z0-9_]+(?::[1-9]\\d{0,3}|\\*)?";
const URI_TEMPLATE = `(?:[a-zA-Z0-9._~!$&()*+,;=:@/?#-]|${PERCENT}|\\{[+#./;?&]?${VARIABLE}(?:,${VARIABLE})*\\})*`;
const JSON_POINTER = "(?:/(?:[^~/]|~[01])*)*";

const PATTERNS: ReadonlyMap<string, string> = new Map([
  ["date", DATE],
  ["time", TIME],
  ["date-time", `${DATE}T${TIME}`],
  ["duration", DURATION],
  ["email", createEmailPattern(LETTERS)],
  ["idn-email", createEmailPattern(SMALL_LETTERS)],
  ["hostname", createHostPattern(LETTERS)],
  ["idn-hostname", createHostPattern(SMALL_LETTERS)],
  ["ipv4", IPV4],
  ["ipv6", IPV6],
  ["uri", URI],
  ["iri", URI],
  ["uri-reference", `(?:${URI}|${RELATIVE})`],
  ["iri-reference", `(?:${URI}|${RELATIVE})`],
  ["uri-template", URI_TEMPLATE],
  ["uuid", "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"],
  ["json-pointer", JSON_POINTER],
  ["relative-json-pointer", `(?:0|[1-9]\\d*)(?:#|${JSON_POINTER})`],
]);

/** Formats never change: each is worked out once. */
const known = new Map<string, RegularLanguage | undefined>();

/**
 * Texts of the format, only such as every common validator takes: leap seconds, IPv6 zones and hosts that are not
 * plain English letters are left out. As that is not all of them, never take the complement. A format that nobody defined says
 * nothing, so any text; undefined for `regex`, which no automaton can judge.
 */
export function createFormatLanguage(name: string): RegularLanguage | undefined {
  if (name === "regex") return undefined;
  const pattern = PATTERNS.get(name);
  if (pattern === undefined) return RegularLanguage.any();
  const language = known.get(name) ?? RegularLanguage.fromPattern(`^(?:${pattern})$`);
  known.set(name, language);
  return language;
}

/**
 * At most 5 labels of 32 characters: within all limits on names, and an automaton of bearable size. Two dashes in a
 * row are left to encoded international names, which not every validator decodes.
 */
function createHostPattern(letters: string): string {
  const label = `[${letters}0-9](?:[${letters}0-9]|-(?=[${letters}0-9])){0,31}`;
  return `(?:${label}\\.){0,4}${label}`;
}

function createEmailPattern(letters: string): string {
  const label = `[${letters}0-9]+(?:-[${letters}0-9]+)*`;
  return `${ATOM}(?:\\.${ATOM})*@(?:${label}\\.)+${label}`;
}

/** RFC 3986: eight groups of which one run of zeros may be left out, the last two perhaps as an IPv4 address. */
function createAddressPattern(): string {
  const group = "[0-9a-fA-F]{1,4}";
  const end = `(?:${group}:${group}|${IPV4})`;
  const alternatives = [`(?:${group}:){6}${end}`];
  for (let after = 5; after >= 0; after--) {
    const before = 5 - after;
    const head = before === 0 ? "" : `(?:(?:${group}:){0,${before - 1}}${group})?`;
    alternatives.push(`${head}::(?:${group}:){${after}}${end}`);
  }
  alternatives.push(`(?:(?:${group}:){0,5}${group})?::${group}`, `(?:(?:${group}:){0,6}${group})?::`);
  return `(?:${alternatives.join("|")})`;
}
