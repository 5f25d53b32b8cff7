/** `npm run docs:compatibility`: writes docs/compatibility.md anew from the code. */
import { writeFileSync } from "node:fs";
import { renderCompatibility } from "./compatibility/render.ts";

writeFileSync(new URL("../docs/compatibility.md", import.meta.url), renderCompatibility());
