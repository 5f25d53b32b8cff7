import { describe, expect, it } from "vitest";
import { createRouteTable } from "../../src/routing/route-table.ts";
import { createRoute } from "../support/route.ts";

const stylist = createRoute({ local: 100 }, { models: ["gpt-4o-mini", "stylist"] });
const other = createRoute({ openai: 100 }, { name: "other", models: ["gpt-4o", "stylist"] });

describe("route table", () => {
  it("finds routes by name and by model name, the first one where two claim it", () => {
    const table = createRouteTable([stylist, other]);
    expect(table.byName("other")).toBe(other);
    expect(table.byModel("gpt-4o")).toBe(other);
    expect(table.byModel("stylist")).toBe(stylist);
    expect(table.byModel("unknown")).toBeNull();
    expect(table.byName("unknown")).toBeNull();
  });

  it("leaves a disabled route out of the models but keeps it by name", () => {
    const table = createRouteTable([{ ...stylist, enabled: false }, other]);
    expect(table.byModel("gpt-4o-mini")).toBeNull();
    expect(table.byModel("stylist")).toBe(other);
    expect(table.byName("stylist")?.enabled).toBe(false);
  });

  it("answers a changed copy and stays as it is", () => {
    const table = createRouteTable([stylist, other]);
    const changed = { ...stylist, models: ["new-name"], version: 2 };
    const next = table.withRoute(changed);
    expect(next.routes).toEqual([changed, other]);
    expect(next.byModel("new-name")).toBe(changed);
    expect(next.byModel("gpt-4o-mini")).toBeNull();
    expect(table.byModel("gpt-4o-mini")).toBe(stylist);
    expect(table.byModel("new-name")).toBeNull();
  });
});
