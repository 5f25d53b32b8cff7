import { StoreWriteError } from "../store-errors.ts";
import type { WriterLink } from "./writer-link.ts";
import type { Statement, WriterReply } from "./writer-messages.ts";

/** Statements sent to the writer thread, and who waits for them. */
export interface StatementCalls {
  execute(statements: readonly Statement[]): Promise<number>;
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
  return {
    execute: (statements) =>
      new Promise((resolve, reject) => {
        lastCall += 1;
        calls.set(lastCall, { resolve, reject });
        link.send({ kind: "execute", call: lastCall, statements });
      }),
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
