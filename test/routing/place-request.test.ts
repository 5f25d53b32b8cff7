import { describe, expect, it } from "vitest";
import { placeRequest } from "../../src/routing/place-request.ts";
import { createRoute } from "../support/route.ts";

const route = createRoute({ local: 50, openai: 50 });
const base = { route, request: {}, header: undefined, requestId: "req-1", secret: "s" };

describe("placeRequest", () => {
  it("keeps a user in place over requests, however the user is named", () => {
    const byHeader = placeRequest({
      ...base,
      header: " ada ",
      request: { safety_identifier: "x", user: "y" },
    });
    const byIdentifier = placeRequest({
      ...base,
      request: { safety_identifier: "ada", user: "y" },
      requestId: "2",
    });
    const byUser = placeRequest({ ...base, request: { user: "ada" }, requestId: "3" });
    expect(byIdentifier).toEqual(byHeader);
    expect(byUser).toEqual(byHeader);
  });

  it("deals requests that name nobody by their id and stores no hash for them", () => {
    const places = Array.from({ length: 50 }, (_, index) =>
      placeRequest({ ...base, requestId: `req-${index}` }),
    );
    expect(new Set(places.map(({ picked }) => picked.id)).size).toBe(2);
    expect(places.every(({ stickyKeyHash }) => stickyKeyHash === null)).toBe(true);
    expect(placeRequest({ ...base, header: "  " }).stickyKeyHash).toBeNull();
  });

  it("rolls anew for every request of a route that is not sticky", () => {
    const loose = { ...base, route: { ...route, sticky: false }, header: "ada" };
    const buckets = Array.from(
      { length: 20 },
      (_, index) => placeRequest({ ...loose, requestId: `req-${index}` }).bucket,
    );
    expect(new Set(buckets).size).toBe(20);
  });

  it("stores a hash that depends on the secret and does not show the key", () => {
    const { stickyKeyHash } = placeRequest({ ...base, header: "ada" });
    expect(stickyKeyHash).toMatch(/^[0-9a-f]{64}$/);
    expect(placeRequest({ ...base, header: "ada", secret: "other" }).stickyKeyHash).not.toBe(stickyKeyHash);
  });
});
