import fc from "fast-check";
import { expect, test } from "vitest";
import { findDuplicateKey } from "../../src/protocol/find-duplicate-key.ts";

test.each([
  ['{"a":1,"a":2}', "a"],
  ['{"a":{"b":1,"c":[{"d":1},{"d":2}],"b":3}}', "b"],
  ['{"a" : 1 ,\n "\\u0061" : 2}', "a"],
  ['[{"x":"{\\"a\\":1,\\"a\\":2}"},{"y":1,"y":2}]', "y"],
  ['{"":1,"":2}', ""],
  ['{"__proto__":1,"__proto__":2}', "__proto__"],
  ['{"a":"a","b":"a:","c":["a","a"]}', null],
  ['{"a":{"a":{"a":1}}}', null],
  ['["a","a","a"]', null],
  ['{"a\\\\":1,"a\\"":2,"a":3}', null],
  ['"a"', null],
  ["12", null],
  ["{}", null],
])("%s", (text, key) => {
  expect(findDuplicateKey(text)).toBe(key);
});

test("an object of many keys is searched as well as one of few", () => {
  const members = Array.from({ length: 40 }, (_, index) => `"k${index}":${index}`);
  expect(findDuplicateKey(`{${members.join(",")}}`)).toBeNull();
  expect(findDuplicateKey(`{${[...members, '"k3":0'].join(",")}}`)).toBe("k3");
  expect(findDuplicateKey(`{${[...members, '"k39":0'].join(",")}}`)).toBe("k39");
});

test("what JavaScript itself writes never repeats a key", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      expect(findDuplicateKey(text)).toBeNull();
    }),
  );
});

test("a key written twice is found wherever it stands", () => {
  fc.assert(
    fc.property(fc.string(), fc.json(), fc.json(), fc.array(fc.json()), (key, one, other, around) => {
      const name = JSON.stringify(key);
      const text = `{"list":[${[...around, `{${name}:${one},${name}:${other}}`].join(",")}]}`;
      // What lies between may have found its own way first only if it repeats a key, which it never does.
      expect(findDuplicateKey(text)).toBe(key);
    }),
  );
});
