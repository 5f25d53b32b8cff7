/** Errors whose message is a sentence for whoever ran the command; any other is a fault of ours, shown with its place. */
const SENTENCES = new Set([
  "ConfigError",
  "CommandFailed",
  "UnusableDatabaseUrlError",
  "DatabaseNewerError",
  "DatabaseUnreachableError",
  "BackupExistsError",
  "BuiltDatasetError",
  "KeyExistsError",
]);

/** Says on standard error why a command failed. Answers the exit code. */
export function reportFailure(error: unknown): 1 {
  if (!(error instanceof Error)) process.stderr.write("Tailor failed for an unknown reason.\n");
  else if (SENTENCES.has(error.name)) process.stderr.write(`${error.message}\n`);
  else if ("code" in error && error.code === "EADDRINUSE")
    process.stderr.write("The port is in use already. Set PORT to another one, or stop what is using it.\n");
  else process.stderr.write(`${error.stack ?? error.message}\n`);
  return 1;
}
