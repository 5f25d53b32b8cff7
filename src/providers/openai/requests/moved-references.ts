/** A schema that stood for itself, for a place inside another: what it refers to has moved with it. */
export function moveReferences(schema: unknown, place: string): unknown {
  if (Array.isArray(schema)) return schema.map((item) => moveReferences(item, place));
  if (typeof schema !== "object" || schema === null) return schema;
  const members = Object.entries(schema).map(([key, member]) =>
    key === "$ref" && typeof member === "string" && member.startsWith("#")
      ? [key, place + member.slice(1)]
      : [key, moveReferences(member, place)],
  );
  return Object.fromEntries(members);
}
