/** The smallest UUIDv7 of a millisecond: ids are times, so a range of time is a range of ids. */
export function createLowestId(timeMs: number): string {
  const hex = Math.min(Math.max(0, Math.trunc(timeMs)), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for the only form in which PostgreSQL and SQLite agree on an id's order. */
export function isLogId(text: string): boolean {
  return UUID.test(text);
}

/** Unix milliseconds at which a UUIDv7 was made; null for any other text. */
export function readIdTime(id: string): number | null {
  return isLogId(id) && id[14] === "7" ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null;
}
