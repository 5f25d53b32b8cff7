import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { exactText, id, json } from "./columns.ts";

/** Every version of every route; the highest version of a name is in force. */
export const routeVersions = sqliteTable(
  "route_versions",
  {
    id: id(),
    name: text().notNull(),
    version: integer().notNull(),
    route: json<unknown>().notNull(),
    actor: exactText().notNull(),
    reason: exactText(),
    createdAt: integer().notNull(),
  },
  (table) => [uniqueIndex("route_versions_name_version_index").on(table.name, table.version)],
);

/** Keys are kept as SHA-256 only; `prefix` is what people recognise them by. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: id(),
    name: exactText().notNull(),
    prefix: text().notNull(),
    keyHash: text().notNull(),
    scopes: json<readonly string[]>().notNull(),
    /** The most this key's requests consent to; null leaves it to the route. */
    consent: text().$type<"none" | "log" | "train">(),
    createdAt: integer().notNull(),
    revokedAt: integer(),
  },
  (table) => [uniqueIndex("api_keys_key_hash_index").on(table.keyHash)],
);

/** Who changed what. */
export const audit = sqliteTable(
  "audit",
  {
    id: id(),
    actor: exactText().notNull(),
    /** Verb with its object: "route.update", "key.revoke". */
    action: text().notNull(),
    /** Name or id of the thing acted on. */
    subject: exactText().notNull(),
    detail: json<unknown>(),
    createdAt: integer().notNull(),
  },
  (table) => [index("audit_subject_index").on(table.subject, table.id)],
);

/** Erasure requests, so that later builds and re-imports stay clean of what was erased. */
export const tombstones = sqliteTable(
  "tombstones",
  {
    id: id(),
    /** Keyed hash of the person or thing that is to stay forgotten. */
    subjectHash: text().notNull(),
    reason: exactText(),
    createdAt: integer().notNull(),
  },
  (table) => [uniqueIndex("tombstones_subject_hash_index").on(table.subjectHash)],
);
