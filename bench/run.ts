/** `npm run bench -- <name>`: runs bench/<name>.ts, prints its table and, last, one JSON line with the ratios. */
import { readdirSync } from "node:fs";
import { keepWasmWrappers } from "../src/cli/keep-wasm-wrappers.ts";

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => file.slice(0, -3));
const name = process.argv[2];
if (name === undefined || !names.includes(name)) {
  console.error(`Usage: npm run bench -- <name>\nBenchmarks: ${names.join(", ")}`);
  process.exit(2);
}
keepWasmWrappers();
const { runBenchmark } = await import(`./${name}.ts`);
console.log(JSON.stringify(await runBenchmark(process.argv.slice(3))));
