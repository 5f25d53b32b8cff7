/** An error for the program's own log: messages may quote a request or an answer, the class name cannot. */
export function nameOfError(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
