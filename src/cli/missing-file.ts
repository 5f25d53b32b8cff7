import { CommandFailed } from "./output.ts";

/** Work on files that the caller named: one that does not exist is a sentence, not a fault of the program. */
export async function explainMissingFile<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT" && "path" in error) {
      throw new CommandFailed(`There is no file ${String(error.path)}.`);
    }
    throw error;
  }
}
