import { customType, text } from "drizzle-orm/sqlite-core";
import { decodeExactText, encodeExactText } from "../exact-text.ts";

/** Text that others wrote: comes back as the same UTF-16 units whatever they are. */
export const exactText = customType<{ data: string; driverData: string }>({
  dataType: () => "text",
  toDriver: encodeExactText,
  fromDriver: decodeExactText,
});

/** JSON as text. `JSON.stringify` escapes lone surrogates and NUL by itself. */
export function json<T>() {
  return text({ mode: "json" }).$type<T>();
}

/** UUIDv7 as text: sorts by time. */
export function id() {
  return text().primaryKey();
}
