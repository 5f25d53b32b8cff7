/** Bounds in the entered currency; `min` is null when only an upper bound was given. */
export interface Budget {
  readonly min: number | null;
  readonly max: number;
  /** ISO 4217 code when a sign or word told it. */
  readonly currency: string | null;
}
