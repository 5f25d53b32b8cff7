import type { Profile } from "../../style/form.ts";
import type { Fillers } from "./knowledge.ts";
import type { Chooser } from "./random.ts";

const WOMEN = ["female", "female", "female", "woman", "Female", "F"];
const MEN = ["male", "male", "male", "man", "Male", "M"];
const OTHERS = ["non-binary", "other", "prefer not to say"];

/** Known facts of a user, every combination of fields. */
export function writeProfile(
  gender: "women" | "men" | null,
  { chooser, fillers }: { chooser: Chooser; fillers: Fillers },
): Profile {
  const profile: Profile = {};
  const isTall = chooser.between(-1, 1);
  const base = gender === "men" ? 178 : 165;
  if (gender !== null) profile.gender = chooser.pick(gender === "women" ? WOMEN : MEN);
  else if (chooser.chance(0.3)) profile.gender = chooser.pick(OTHERS);
  if (chooser.chance(0.6)) profile.age = Math.round(18 + 50 * chooser.between(0, 1) ** 1.6);
  if (chooser.chance(0.45)) profile.heightCm = Math.round(base + isTall * 16);
  if (chooser.chance(0.35)) profile.weightKg = Math.round(chooser.between(48, gender === "men" ? 115 : 100));
  if (chooser.chance(0.55)) profile.locale = chooser.pick(fillers.locales);
  if (chooser.chance(0.35)) profile.preferredUnits = chooser.chance(0.75) ? "metric" : "imperial";
  if (chooser.chance(0.1)) profile.imageTags = chooser.sample(fillers.imageTags, chooser.int(1, 4));
  return profile;
}
