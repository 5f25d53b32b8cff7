import { readFileSync } from "node:fs";

/** The rows of a JSON Lines file under test/fixtures. */
export function readFixture<Row>(name: string): Row[] {
  const lines = readFileSync(`test/fixtures/${name}`, "utf8").trimEnd().split("\n");
  // The fixture's shape is what the caller says: it is ours.
  return lines.map((line) => JSON.parse(line) as Row);
}
