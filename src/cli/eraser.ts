import type { Environment } from "../config/environment.ts";
import { type DerivedFile, findDerived } from "../dataset/find-derived.ts";
import type { Erasure, ErasureNote } from "../store/erasure/erasure-log.ts";
import { createTombstones, type ErasureSubject, formatSubject } from "../store/erasure/tombstones.ts";
import type { Store } from "../store/open-store.ts";
import { findTrainedModels } from "./find-trained-models.ts";
import { readRegistry } from "./model-registry-file.ts";

export interface ErasureReport extends Erasure {
  readonly subject: ErasureSubject["kind"];
  /** Sample files that still hold something of the subject: scrub or build them anew. */
  readonly files: readonly DerivedFile[];
  /** Registered models that learnt from one of those data sets; what is done about them is for people to decide. */
  readonly models: readonly string[];
}

export interface EraserOptions {
  readonly store: Pick<Store, "erasures">;
  readonly environment: Pick<Environment, "dataDir" | "modelsDir">;
  /** Folders of data sets besides the data folder. */
  readonly datasetDirs: readonly string[];
}

/** Erases from the log, then says what was made of it before. */
export function createEraser({ store, environment, datasetDirs }: EraserOptions) {
  const { dataDir, modelsDir } = environment;
  return async (subject: ErasureSubject, note: ErasureNote): Promise<ErasureReport> => {
    // Read first: a registry that cannot be read is better known before anything is gone.
    const { models } = readRegistry(modelsDir);
    const erasure = await store.erasures.erase(subject, note);
    const own = createTombstones();
    own.add([{ subject: formatSubject(subject), sequence: 1, createdAt: erasure.erasedAt }]);
    const files = await findDerived([dataDir, ...datasetDirs], own.covers);
    const versions = files.flatMap(({ dataset }) => (dataset === null ? [] : [dataset]));
    return {
      subject: subject.kind,
      ...erasure,
      files,
      models: findTrainedModels({ modelsDir, models }, versions),
    };
  };
}
