import type { Budget } from "./budget.ts";
import type { Form, Profile } from "./form.ts";

/** A request understood: what the prompt builder, the constraint and the hard checks all start from. */
export interface Brief {
  readonly form: Form;
  readonly profile: Profile;
  /** The occasion in the user's own words (`form.preparing_for`, trimmed). */
  readonly occasion: string;
  /** Listed brands, normalised (lower case, lexicon spelling), in order, no repeats. Empty: any brand. */
  readonly brands: readonly string[];
  /** Bounds for each outfit; null when none can be read ("no limit", empty, zero). */
  readonly budget: Budget | null;
  /** Free guidance text (`form.description`, trimmed), possibly empty. */
  readonly guidance: string;
  /** women, men or unknown, as read from the profile's gender. */
  readonly gender: "women" | "men" | "unisex";
  /** How many outfits the caller wants, 1 to 5. */
  readonly outfits: number;
}
