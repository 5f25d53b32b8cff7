import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { REPOSITORY_ROOT } from "../config/environment.ts";

/** Tailor's version, as package.json says. */
export function readVersion(): string {
  const text = readFileSync(join(REPOSITORY_ROOT, "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
