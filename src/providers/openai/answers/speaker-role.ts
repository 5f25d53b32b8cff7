type Fields = Readonly<Record<string, unknown>>;

/** A whole answer is the assistant's, whether or not the upstream says so; an empty role on a chunk is none. */
export function nameSpeaker(said: Fields, { isWhole }: { isWhole: boolean }): Fields {
  if (said.role || (!isWhole && said.role === undefined)) return said;
  const { role: _, ...rest } = said;
  return isWhole ? { role: "assistant", ...rest } : rest;
}
