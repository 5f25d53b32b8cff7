/** Exports a log to nowhere and says how many rows it had and what memory it took. Argument: the database's address. */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { keepYoungHeapSmall } from "../../src/cli/keep-young-heap-small.ts";
import { openLogReader } from "../../src/store/open-log-reader.ts";

// As `tailor logs export`.
keepYoungHeapSmall();
const startedAt = performance.now();
const { reader, close } = await openLogReader({ url: process.argv[2] ?? "" });
const output = createWriteStream("/dev/null");
let rows = 0;
for await (const pair of reader.streamPairs({})) {
  rows += 1;
  if (!output.write(`${JSON.stringify(pair)}\n`)) await once(output, "drain");
}
await close();
// In kilobytes on every platform, says Node.
const peakRssMb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ rows, seconds: (performance.now() - startedAt) / 1000, peakRssMb }));
