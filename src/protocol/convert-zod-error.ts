import type { z } from "zod";
import { describeIssue } from "./describe-issue.ts";
import { OpenAiError } from "./openai-error.ts";

type Issue = z.core.$ZodIssue;

/** The first issue as OpenAI would word it: status 400, the parameter's path and a code clients can branch on. */
export function convertZodErrorToOpenAiError(error: z.ZodError, input: unknown): OpenAiError {
  const issue = error.issues[0] && pickIssue(error.issues[0], input);
  if (issue === undefined) return new OpenAiError("The request is invalid.", { status: 400 });
  const param = formatPath(issue.path);
  const { message, code } = describeIssue({ issue, param, value: readPath(input, issue.path) });
  return new OpenAiError(message, { status: 400, param: param === "" ? null : param, code });
}

/** `["messages", 0, "content"]` → `messages[0].content`. */
function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

function readPath(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/**
 * A union fails with one list of issues for every branch. The branch that the client meant is the one that took the
 * value and its `type`, so its first issue lies deeper; when no branch took it, the union itself is the issue.
 */
function pickIssue(issue: Issue, input: unknown): Issue {
  if (issue.code !== "invalid_union") return issue;
  const deeper = issue.errors.filter((branch) => branch[0] !== undefined && !isWrongType(branch[0]));
  const meant = deeper.find((branch) => !branch.some(isDiscriminator)) ?? deeper.at(-1);
  const first = meant?.[0];
  if (first === undefined) return issue;
  return pickIssue({ ...first, path: [...issue.path, ...first.path] }, input);
}

function isWrongType(issue: Issue): boolean {
  return issue.code === "invalid_type" && issue.path.length === 0;
}

function isDiscriminator(issue: Issue): boolean {
  return issue.path.length === 1 && issue.path[0] === "type";
}
