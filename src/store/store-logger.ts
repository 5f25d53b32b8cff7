/** The part of a logger that the store uses (pino fits). It is handed ids and codes, never contents. */
export interface StoreLogger {
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

export const silentStoreLogger: StoreLogger = { warn: () => undefined, error: () => undefined };
