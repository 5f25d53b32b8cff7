import { StoreWriteError } from "../store-errors.ts";
import type { WriterLink } from "./writer-link.ts";
import type { Statement, WriterReply, WriterRequest } from "./writer-messages.ts";

/** Statements sent to the writer thread, and who waits for them. */
export interface StatementCalls {
  execute(statements: readonly Statement[]): Promise<number>;
  scrub(): Promise<boolean>;
  rewrite(maxBytes: number): Promise<boolean>;
  settle(reply: Extract<WriterReply, { kind: "executed" }>): void;
  rejectAll(code: string): void;
}

interface Call {
  readonly resolve: (changes: number) => void;
  readonly reject: (error: Error) => void;
}

export function createStatements(link: Pick<WriterLink, "send">): StatementCalls {
  const calls = new Map<number, Call>();
  let lastCall = 0;

  function send(createRequest: (call: number) => WriterRequest): Promise<number> {
    return new Promise((resolve, reject) => {
      lastCall += 1;
      calls.set(lastCall, { resolve, reject });
      link.send(createRequest(lastCall));
    });
  }

  return {
    execute: (statements) => send((call) => ({ kind: "execute", call, statements })),
    scrub: async () => (await send((call) => ({ kind: "scrub", call }))) > 0,
    rewrite: async (maxBytes) => (await send((call) => ({ kind: "rewrite", call, maxBytes }))) > 0,
    settle({ call: number, code, changes }) {
      const call = calls.get(number);
      calls.delete(number);
      if (code === null) call?.resolve(changes);
      else call?.reject(new StoreWriteError(code));
    },
    rejectAll(code) {
      for (const call of calls.values()) call.reject(new StoreWriteError(code));
      calls.clear();
    },
  };
}
