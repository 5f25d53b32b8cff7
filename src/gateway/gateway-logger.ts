/** The part of a logger the gateway uses (pino fits). It is handed ids, names and numbers, never prompts or keys. */
export interface GatewayLogger {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}
