import { expect, it } from "vitest";
import { createJsonEndFinder } from "../../src/providers/json-end.ts";

it("finds the end in whichever piece it comes, past brackets in strings and inside", () => {
  const findEnd = createJsonEndFinder();
  expect(findEnd('{"a":"}\\"}",')).toBe(-1);
  expect(findEnd('"b":[{},"]"')).toBe(-1);
  expect(findEnd("]} tail}")).toBe(2);
});

it("finds the end of a list, and none of a scalar", () => {
  expect(createJsonEndFinder()("[[1],2],3")).toBe(7);
  expect(createJsonEndFinder()('"]" 12 true')).toBe(-1);
});

it("takes a quotation mark behind a backslash that came in the piece before as part of the string", () => {
  const findEnd = createJsonEndFinder();
  expect(findEnd('{"a":"\\')).toBe(-1);
  expect(findEnd('"}')).toBe(-1);
  expect(findEnd('"}')).toBe(2);
});
