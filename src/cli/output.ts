/** A command could not do what was asked. The message is a sentence for whoever ran it; the exit code is 1. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

export interface Rendering {
  readonly json: boolean;
}

/** Prints what was read: one JSON document with `--json`, else lines for people. */
export function print(value: unknown, options: Rendering & { readonly lines: readonly string[] }): void {
  const text = options.json ? JSON.stringify(value, null, 2) : options.lines.join("\n");
  process.stdout.write(`${text}\n`);
}

/** A remark beside the output proper, such as where it was read. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Columns aligned by their widest cell. */
export function formatTable(head: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  const cells = [head, ...rows.map((row) => row.map((cell) => (cell === null ? "-" : String(cell))))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
