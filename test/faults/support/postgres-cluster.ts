import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "./gateway.ts";

/** A PostgreSQL server of the test's own, that it may stop, start and break. Needs `initdb` and `pg_ctl` on PATH. */
export interface PostgresCluster extends AsyncDisposable {
  readonly url: string;
  start(): void;
  /** "immediate" is a crash: nothing is written to disk first. */
  stop(how: "fast" | "immediate"): void;
}

export async function createPostgresCluster(): Promise<PostgresCluster> {
  const port = await findFreePort();
  const user = findServerUser();
  const folder = mkdtempSync(join(tmpdir(), "tailor-pg-"));
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const run = (command: string, args: readonly string[]) =>
    execFileSync(command, args, { ...user, cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  run("initdb", ["-D", data, "-U", "postgres", "-A", "trust", "--no-instructions"]);
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`;
  const start = () =>
    void run("pg_ctl", ["-D", data, "-w", "-l", join(folder, "log"), "-o", settings, "start"]);
  const stop = (how: string) => void run("pg_ctl", ["-D", data, "-w", "-m", how, "stop"]);
  start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      try {
        stop("immediate");
      } catch {
        // It was stopped already.
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: then it runs as `postgres`, else as `nobody`. */
function findServerUser(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  const line = ["postgres", "nobody"]
    .map((name) => lines.find((candidate) => candidate.startsWith(`${name}:`)))
    .find((found) => found !== undefined);
  if (line === undefined) throw new Error("running as root, and there is no user to run PostgreSQL as");
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}
