/** Values that a schema drawn at random is likely to mean, made of its names and constants. */
export const INSTANCE_POOL: readonly unknown[] = createPool();

function createPool(): unknown[] {
  const numbers = [0, 1, 2, 3, 6, 7, 14, 20, 21, -1, -3, -20, -21, 0.1, 0.5, 1.5, 2.25, -0.5, 1e9, 1e9 + 1];
  const texts = ["", "a", "ab", "foo", "bar", "bbb", "abc", "x-1", "Ab", 'é\n"', "some longer text", "A1bc"];
  const formatted = [
    ...["2024-01-02", "2024-01-02T03:04:05Z", "03:04:05Z", "a@example.com", "127.0.0.1", "::1"],
    ...["0f0f0f0f-0000-4000-8000-00000000000a", "https://example.com/a", "example.com"],
  ];
  const scalars = [null, true, false, ...numbers, ...texts, ...formatted];
  const few = [null, true, 0, 1, 1.5, -3, "a", "foo", [], {}];
  const arrays = few.flatMap((one) => [[one], [one, one], ...few.map((other) => [one, other, 7, "b"])]);
  const objects = few.flatMap((one) => [
    ...["a", "b", "c", "kind", "x-", "foo"].map((name) => ({ [name]: one })),
    ...few.flatMap((other) => [
      { a: one, b: other },
      { a: one, b: other, c: one },
      { a: other, c: one, kind: other },
      { b: one, kind: other },
      { a: one, b: other, c: one, kind: other },
    ]),
  ]);
  return [
    ...scalars,
    [],
    {},
    ...arrays,
    ...objects,
    { a: { a: {} } },
    [[[]]],
    [{ a: 1 }],
    { kind: "a", b: [null] },
  ];
}
