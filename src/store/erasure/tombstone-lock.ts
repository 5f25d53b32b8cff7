/** PostgreSQL: every batch of rows shares this advisory lock, a new tombstone takes it alone. */
export const TOMBSTONE_LOCK = 7_420_361_200;
