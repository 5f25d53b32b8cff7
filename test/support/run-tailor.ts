import { type ChildProcess, spawn } from "node:child_process";

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Changes to this process's environment. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** What the command reads on standard input; nothing when left out. */
  readonly input?: string | undefined;
  /** The CLI when left out. */
  readonly program?: string | undefined;
}

export interface CliProcess {
  readonly child: ChildProcess;
  /** Standard output so far. */
  stdout(): string;
  readonly ended: Promise<CliResult>;
}

/** `tailor …` as a process of its own, while it runs. */
export function startTailorCommand(args: readonly string[], options: CliOptions = {}): CliProcess {
  const { env, input = "", program = "src/cli/tailor.ts" } = options;
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(input);
  const ended = new Promise<CliResult>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, stdout: () => stdout, ended };
}

/** `tailor …` from start to end. */
export function runTailor(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startTailorCommand(args, options).ended;
}
