import { destination, type Logger, pino } from "pino";
import type { Environment } from "../config/environment.ts";

/** JSON lines on standard error; standard output is for what a person asked for. */
export function createLogger({ logLevel }: Pick<Environment, "logLevel">): Logger {
  return pino({ level: logLevel, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, destination(2));
}
