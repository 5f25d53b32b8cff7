import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 250;
const MOST_LOOKS = 6;
/** Share of all cores that may be busy meanwhile. */
const QUIET_SHARE = 0.25;

/**
 * Waits for a quarter of a second in which most cores have nothing to do, a second and a half at most: the start of the
 * gateway keeps one busy for a moment. The load average would tell of what ended a minute ago.
 */
export async function waitUntilQuiet(): Promise<boolean> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    if ((await measureBusyShare()) < QUIET_SHARE) return true;
  }
  return false;
}

async function measureBusyShare(): Promise<number> {
  const before = readCoreTimes();
  await sleep(LOOK_MS);
  const after = readCoreTimes();
  const total = after.total - before.total;
  return total === 0 ? 0 : 1 - (after.idle - before.idle) / total;
}

/** Of all cores together, in milliseconds since the machine's start. */
function readCoreTimes() {
  let [idle, total] = [0, 0];
  for (const { times } of os.cpus()) {
    idle += times.idle;
    total += times.idle + times.user + times.nice + times.sys + times.irq;
  }
  return { idle, total };
}
