type Fields = Readonly<Record<string, unknown>>;

/**
 * vLLM leaves the arguments out of a streamed call's first piece, where clients find the text that they add the rest to.
 * Answers `delta` itself where nothing is missing.
 */
export function openCallPieces(delta: Fields): Fields {
  const { tool_calls: pieces } = delta;
  if (!Array.isArray(pieces) || !pieces.some(isUnopened)) return delta;
  return { ...delta, tool_calls: pieces.map((piece) => (isUnopened(piece) ? openPiece(piece) : piece)) };
}

interface UnopenedPiece extends Fields {
  readonly function: Fields;
}

function isUnopened(piece: unknown): piece is UnopenedPiece {
  if (!isObject(piece) || !isObject(piece.function)) return false;
  const { name, arguments: text } = piece.function;
  return typeof name === "string" && (text === undefined || text === null);
}

function openPiece(piece: UnopenedPiece): Fields {
  return { ...piece, function: { ...piece.function, arguments: "" } };
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
