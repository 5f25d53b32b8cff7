import { Command, InvalidArgumentError } from "commander";
import type { Route } from "../../routing/route.ts";
import { CommandFailed, formatTable, print } from "../output.ts";
import { withRoutes } from "../route-access.ts";

interface Common {
  readonly json: boolean;
  readonly reason?: string;
}

export function createRoutesCommand(): Command {
  return new Command("routes")
    .description("what model names lead to; changed on the running server, else in the database")
    .addCommand(createListCommand())
    .addCommand(createShowCommand())
    .addCommand(createSetPercentCommand())
    .addCommand(createHistoryCommand())
    .addCommand(createRevertCommand());
}

function createListCommand(): Command {
  return new Command("list")
    .description("every route with its split")
    .option("--json", "print JSON", false)
    .action(({ json }: Common) =>
      withRoutes(async (routes) => {
        const list = await routes.list();
        const rows = list.map((route) => [
          route.name,
          route.version,
          route.enabled ? "on" : "off",
          describeSplit(route),
          route.models.join(","),
        ]);
        print(list, { json, lines: formatTable(["route", "version", "state", "split", "models"], rows) });
      }),
    );
}

function createShowCommand(): Command {
  return new Command("show")
    .description("one route in full")
    .argument("<route>")
    .option("--json", "print JSON (it is JSON either way)", false)
    .action((name: string) =>
      withRoutes(async (routes) => print(await routes.get(name), { json: true, lines: [] })),
    );
}

function createSetPercentCommand(): Command {
  return new Command("set-percent")
    .description("change the split, for instance: set-percent stylist local=90 openai=10")
    .argument("<route>")
    .argument("<target=percent...>", "new percents; targets left out keep theirs", collectShare)
    .option("--reason <text>", "why, for the history")
    .option("--json", "print JSON", false)
    .action((name: string, shares: readonly Share[], { json, reason }: Common) =>
      withRoutes(async (routes) => {
        const route = await routes.get(name);
        const changed = await routes.put(withShares(route, shares), reason);
        print(changed, { json, lines: [`${name} version ${changed.version}: ${describeSplit(changed)}`] });
      }),
    );
}

function createHistoryCommand(): Command {
  return new Command("history")
    .description("who changed a route, when and why")
    .argument("<route>")
    .option("--json", "print JSON", false)
    .action((name: string, { json }: Common) =>
      withRoutes(async (routes) => {
        const versions = await routes.history(name);
        const rows = versions.map((row) => [
          row.version,
          new Date(row.createdAt).toISOString(),
          row.actor,
          row.reason,
        ]);
        print(versions, { json, lines: formatTable(["version", "when", "who", "why"], rows) });
      }),
    );
}

function createRevertCommand(): Command {
  return new Command("revert")
    .description("put an earlier version in force again")
    .argument("<route>")
    .argument("<version>", "from `routes history`", parseVersion)
    .option("--reason <text>", "why, for the history")
    .option("--json", "print JSON", false)
    .action((name: string, version: number, { json, reason }: Common) =>
      withRoutes(async (routes) => {
        const route = await routes.revert(name, { version, reason });
        print(route, { json, lines: [`${name} version ${route.version}: ${describeSplit(route)}`] });
      }),
    );
}

interface Share {
  readonly target: string;
  readonly percent: number;
}

function collectShare(text: string, before: readonly Share[] | undefined): readonly Share[] {
  const match = /^([^=]+)=(\d+(?:\.\d+)?)%?$/.exec(text);
  if (match?.[1] === undefined)
    throw new InvalidArgumentError("Write it as target=percent, such as local=90.");
  return [...(before ?? []), { target: match[1], percent: Number(match[2]) }];
}

function parseVersion(text: string): number {
  const version = Number(text);
  if (!Number.isInteger(version) || version < 1)
    throw new InvalidArgumentError("A version is a whole number.");
  return version;
}

function withShares(route: Route, shares: readonly Share[]): Route {
  const unknown = shares.find(({ target }) => !route.targets.some(({ id }) => id === target));
  if (unknown !== undefined) {
    const known = route.targets.map(({ id }) => id).join(", ");
    throw new CommandFailed(`Route '${route.name}' has no target '${unknown.target}', only ${known}.`);
  }
  const targets = route.targets.map((target) => {
    const share = shares.find((candidate) => candidate.target === target.id);
    return share === undefined ? target : { ...target, percent: share.percent };
  });
  return { ...route, targets };
}

function describeSplit({ targets }: Route): string {
  return targets.map(({ id, percent }) => `${id} ${percent}%`).join(", ");
}
