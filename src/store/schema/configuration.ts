import type { ColumnKit } from "./sqlite-kit.ts";

/** Routes, keys, who changed what, and what has to stay forgotten. */
export function createConfigurationTables({
  table,
  index,
  uniqueIndex,
  id,
  text,
  exactText,
  json,
  integer,
  bigint,
}: ColumnKit) {
  /** Every version of every route; the highest version of a name is in force. */
  const routeVersions = table(
    "route_versions",
    {
      id: id(),
      name: text().notNull(),
      version: integer().notNull(),
      route: json<unknown>().notNull(),
      actor: exactText().notNull(),
      reason: exactText(),
      createdAt: bigint().notNull(),
    },
    (row) => [uniqueIndex("route_versions_name_version_index").on(row.name, row.version)],
  );

  /** Keys are kept as SHA-256 only; `prefix` is what people recognise them by. */
  const apiKeys = table(
    "api_keys",
    {
      id: id(),
      name: exactText().notNull(),
      prefix: text().notNull(),
      keyHash: text().notNull(),
      scopes: json<readonly string[]>().notNull(),
      /** The most this key's requests consent to; null leaves it to the route. */
      consent: text().$type<"none" | "log" | "train">(),
      createdAt: bigint().notNull(),
      revokedAt: bigint(),
    },
    (row) => [uniqueIndex("api_keys_key_hash_index").on(row.keyHash)],
  );

  /** Who changed what. */
  const audit = table(
    "audit",
    {
      id: id(),
      actor: exactText().notNull(),
      /** Verb with its object: "route.update", "key.revoke". */
      action: text().notNull(),
      /** Name or id of the thing acted on. */
      subject: exactText().notNull(),
      detail: json<unknown>(),
      createdAt: bigint().notNull(),
    },
    (row) => [index("audit_subject_index").on(row.subject, row.id)],
  );

  /** Erasure requests, so that late rows, later builds and re-imports stay clean of what was erased. */
  const tombstones = table(
    "tombstones",
    {
      id: id(),
      /** "user:" and the keyed hash of the sticky key, or "inference:" and the id. */
      subject: text().notNull(),
      /** Grows with every erasure, in the order of the commits: whoever knows up to one asks for those above it. */
      sequence: bigint().notNull(),
      reason: exactText(),
      /** What a user did until then stays forgotten; what comes later is a new matter. */
      createdAt: bigint().notNull(),
    },
    (row) => [
      uniqueIndex("tombstones_subject_index").on(row.subject),
      uniqueIndex("tombstones_sequence_index").on(row.sequence),
    ],
  );

  return { routeVersions, apiKeys, audit, tombstones };
}
