import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KeyExistsError } from "../../src/store/key-store.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { RouteVersionConflict } from "../../src/store/store-errors.ts";
import { databaseKinds, type TestDatabase } from "./support/databases.ts";

let database: TestDatabase;
let store: Store;

function openBeforeEach(kind: (typeof databaseKinds)[number]): void {
  beforeEach(async () => {
    database = await kind.create();
    let clock = 1_750_000_000_000;
    // One tick a call: ids of the same millisecond have no order.
    store = await openStore({ url: database.url, now: () => (clock += 1) });
  });
  afterEach(async () => {
    await store.close();
    await database[Symbol.asyncDispose]();
  });
}

function createVersion(name: string, version: number) {
  const route = { name, note: `v${version}` };
  return {
    name,
    version,
    route,
    actor: "ops",
    reason: version === 1 ? null : "ramp",
    createdAt: 1_000 + version,
  };
}

describe.each(databaseKinds)("route versions in $name", (kind) => {
  openBeforeEach(kind);

  it("keeps every version and names the highest of each route as current", async () => {
    for (const version of [1, 2, 3]) await store.routes.append(createVersion("stylist", version));
    await store.routes.append(createVersion("other", 1));
    expect(await store.routes.listCurrent()).toEqual([
      createVersion("other", 1),
      createVersion("stylist", 3),
    ]);
    expect(await store.routes.history("stylist")).toEqual(
      [3, 2, 1].map((version) => createVersion("stylist", version)),
    );
    expect(await store.routes.history("nobody")).toEqual([]);
  });

  it("lets one of two writers have a version and tells the other, across stores", async () => {
    const second = await openStore({ url: database.url });
    const results = await Promise.allSettled(
      [store, second, store].map((one) => one.routes.append(createVersion("stylist", 1))),
    );
    await second.close();
    const rejected = results.filter((result) => result.status === "rejected");
    expect(rejected).toHaveLength(2);
    for (const { reason } of rejected) {
      expect(reason).toBeInstanceOf(RouteVersionConflict);
      expect(reason).toMatchObject({ route: "stylist", version: 1 });
    }
  });
});

describe.each(databaseKinds)("keys in $name", (kind) => {
  openBeforeEach(kind);

  it("verifies a created key until it is revoked", async () => {
    expect(store.keys.hasActiveKey()).toBe(false);
    const { key, row } = await store.keys.create({ name: "backend", scopes: ["inference"], consent: "log" });
    expect(store.keys.hasActiveKey()).toBe(true);
    expect(store.keys.verify(key)).toEqual(row);
    expect(store.keys.verify(`${key}x`)).toBeNull();
    expect(await store.keys.revoke(row.id)).toBe(true);
    expect(await store.keys.revoke(row.id)).toBe(false);
    expect(store.keys.verify(key)).toBeNull();
    expect(store.keys.hasActiveKey()).toBe(false);
    expect(store.keys.list()).toMatchObject([{ id: row.id, revokedAt: expect.any(Number) }]);
  });

  it("admits a key that exists elsewhere, once", async () => {
    const row = await store.keys.import({
      key: "sk-from-elsewhere-1234567890",
      name: "old",
      scopes: ["inference"],
    });
    expect(store.keys.verify("sk-from-elsewhere-1234567890")).toEqual(row);
    await expect(
      store.keys.import({ key: "sk-from-elsewhere-1234567890", name: "again", scopes: ["admin"] }),
    ).rejects.toThrow(KeyExistsError);
  });

  it("sees what another store changed", async () => {
    const second = await openStore({ url: database.url });
    const { key, row } = await second.keys.create({ name: "backend", scopes: ["inference"] });
    await expect.poll(() => store.keys.verify(key), { timeout: 20_000 }).toEqual(row);
    await second.keys.revoke(row.id);
    await expect.poll(() => store.keys.verify(key), { timeout: 20_000 }).toBeNull();
    await second.close();
  });

  it("never stores or shows the key itself", async () => {
    const { key, row } = await store.keys.create({ name: "backend", scopes: ["admin"] });
    expect(JSON.stringify([row, store.keys.list()])).not.toContain(key);
    const stored = JSON.stringify(await database.query("SELECT * FROM api_keys"));
    expect(stored).toContain(row.id);
    expect(stored).not.toContain(key);
    expect(key.startsWith(row.prefix)).toBe(true);
    expect(row.prefix.length).toBeLessThan(key.length / 4);
  });
});

describe.each(databaseKinds)("the audit log in $name", (kind) => {
  openBeforeEach(kind);

  it("lists newest first, by subject and in pages", async () => {
    for (let number = 1; number <= 5; number += 1) {
      const subject = number % 2 === 0 ? "even" : "odd";
      await store.audit.append({ actor: "ops", action: "route.update", subject, detail: { number } });
    }
    const numbers = (rows: readonly { detail: unknown }[]) => rows.map((row) => row.detail);
    const first = await store.audit.list({ limit: 2, subject: "odd" });
    expect(numbers(first)).toEqual([{ number: 5 }, { number: 3 }]);
    const rest = await store.audit.list({ limit: 2, subject: "odd", cursor: first.at(-1)?.id });
    expect(numbers(rest)).toEqual([{ number: 1 }]);
  });
});
