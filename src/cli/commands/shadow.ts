import { Command } from "commander";
import type { Route, ShadowRule } from "../../routing/route.ts";
import { print } from "../output.ts";
import { parseNumber } from "../parse-number.ts";
import { withRoutes } from "../route-access.ts";

interface SetOptions {
  readonly maxConcurrency?: number;
  readonly dailyUsd?: number;
  readonly reason?: string;
  readonly json: boolean;
}

export function createShadowCommand(): Command {
  return new Command("shadow")
    .description("copies of live traffic for comparison; clients never notice")
    .addCommand(createSetCommand());
}

function createSetCommand(): Command {
  return new Command("set")
    .description("copy a percent of a route's requests to a target; 0 ends it")
    .argument("<route>")
    .argument("<target>")
    .argument("<percent>", "0 to 100", parseNumber)
    .option("--max-concurrency <n>", "copies under way at once", parseNumber)
    .option("--daily-usd <usd>", "spend cap a day", parseNumber)
    .option("--reason <text>", "why, for the history")
    .option("--json", "print JSON", false)
    .action((name: string, target: string, percent: number, options: SetOptions) =>
      withRoutes(async (routes) => {
        const route = await routes.get(name);
        const changed = await routes.put(withRule(route, { target, percent, ...options }), options.reason);
        const rules = changed.shadow.map((rule) => `${rule.target} ${rule.percent}%`).join(", ") || "none";
        print(changed, {
          json: options.json,
          lines: [`${name} version ${changed.version}: shadows ${rules}`],
        });
      }),
    );
}

function withRule(
  route: Route,
  { target, percent, maxConcurrency, dailyUsd }: { target: string; percent: number } & Partial<SetOptions>,
): Route {
  const others = route.shadow.filter((rule) => rule.target !== target);
  if (percent === 0) return { ...route, shadow: others };
  const before = route.shadow.find((rule) => rule.target === target);
  const rule: ShadowRule = {
    target,
    percent,
    maxConcurrency: maxConcurrency ?? before?.maxConcurrency ?? 2,
    dailyUsd: dailyUsd ?? before?.dailyUsd ?? null,
  };
  return { ...route, shadow: [...others, rule] };
}
