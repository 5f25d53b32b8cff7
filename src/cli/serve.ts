import { readEnvironment } from "../config/environment.ts";
import { createLogger } from "./create-logger.ts";
import { startTailor, type Tailor } from "./start-tailor.ts";

/**
 * Serves until SIGTERM or SIGINT, then drains. Answers the exit code: 0, or 1 when rows could not be committed.
 * A second signal ends the process at once. Prints one line when the models are loaded.
 * @throws ConfigError and the store's errors while starting
 */
export async function serve(): Promise<number> {
  const environment = readEnvironment();
  const logger = createLogger(environment);
  // Listened for from the first moment on: a signal during the start must not kill half-written work.
  const signal = waitForSignal();
  const tailor = await startTailor({ environment, logger });
  void announce(tailor);
  await signal;
  try {
    await tailor.stop();
    return 0;
  } catch (error) {
    process.stderr.write(
      `Tailor stopped, but not cleanly: ${error instanceof Error ? error.message : "unknown"}\n`,
    );
    return 1;
  }
}

async function announce(tailor: Tailor): Promise<void> {
  const { ready, providers } = await tailor.settled();
  const states = Object.entries(providers).map(([id, { state, detail }]) => `${id} ${state}: ${detail}`);
  const opening = ready ? "Tailor is ready on" : "Tailor is up, but cannot answer every route, on";
  process.stdout.write(`${opening} ${tailor.url} (${states.join(" | ")})\n`);
}

function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      resolve();
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
