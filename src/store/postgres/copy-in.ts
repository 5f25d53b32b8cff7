import type { Client, Connection } from "pg";

/** What the driver's connection can do and its types leave out. */
interface CopyingConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** Statements that copy rows in, with what they copy. */
export interface CopyIn {
  /** Statements, of which one for each of the streams is `COPY … FROM STDIN`, in their order. */
  readonly text: string;
  readonly streams: readonly Buffer[];
}

/**
 * Runs statements that copy rows in. All of it is sent at once: the server takes the streams when it comes to them, and
 * skips what is left of them after an error.
 */
export function copyIn(client: Client, { text, streams }: CopyIn): Promise<void> {
  return new Promise((resolve, reject) => {
    let hasFailed = false;
    /** The driver drives it as it does its own queries, and puts its time limit around `callback`. */
    const query = {
      callback: (error: Error | null): void => (error === null ? resolve() : reject(error)),
      submit(connection: Connection): void {
        connection.query(text);
        for (const stream of streams) {
          (connection as CopyingConnection).sendCopyFromChunk(stream);
          (connection as CopyingConnection).endCopyFrom();
        }
      },
      handleError(error: Error): void {
        hasFailed = true;
        query.callback(error);
      },
      handleReadyForQuery(): void {
        if (!hasFailed) query.callback(null);
      },
      handleCopyInResponse: ignore,
      handleCommandComplete: ignore,
      handleRowDescription: ignore,
      handleDataRow: ignore,
    };
    client.query(query);
  });
}

function ignore(): void {}
