import { fillTemplate } from "./fill-template.ts";
import type { Fillers, Scene } from "./knowledge.ts";
import type { Chooser } from "./random.ts";

export interface OccasionText {
  /** What the user writes. */
  readonly text: string;
  /** The user's words as a noun phrase that follows "for", short enough for a title. */
  readonly title: string;
  /** The same with one more detail, for a sentence. */
  readonly sentence: string;
  /** 0 hot, 1 mild, 2 cold. */
  readonly warmth: 0 | 1 | 2;
  readonly isRainy: boolean;
  readonly core: string;
}

interface Detail {
  readonly text: string;
  readonly weather: string | null;
}

/** An occasion as a user types it, and what of it a stylist repeats. */
export function writeOccasion(scene: Scene, using: { fillers: Fillers; chooser: Chooser }): OccasionText {
  const { chooser, fillers } = using;
  const template = chooser.pick(scene.cores);
  const core = fillTemplate(template, using);
  const details = pickDetails(scene, { ...using, core });
  const weather = details.find((detail) => detail.weather !== null)?.weather ?? null;
  const shown = details.filter((_, index) => index < 2).map((detail) => detail.text);
  const bare = chooser.chance(0.6) ? core.replace(/^(?:an?|the) /, "") : core;
  const parts = [
    chooser.chance(0.16) ? `${chooser.pick(fillers.leads)} ${core}` : bare,
    ...details.map((detail) => detail.text),
  ];
  const extra = chooser.chance(0.1) ? `, ${chooser.pick(fillers.extras)}` : "";
  const written = (parts.join(" ") + extra).replace(/^(?!iPhone)./, (letter) =>
    chooser.chance(0.6) ? letter.toUpperCase() : letter,
  );
  const { text, isLower } = applyCase(written, chooser);
  const say = (phrase: string) => (isLower ? phrase.toLowerCase() : phrase).replace(/\b(my|our)\b/g, "your");
  return {
    text,
    title: say(titlePhrase(core, shown)),
    sentence: say(sentencePhrase(core, shown)),
    warmth: pickWarmth(scene, { weather, chooser }),
    isRainy: weather === "rain" || scene.styles.includes("rainy"),
    core: template,
  };
}

function titlePhrase(core: string, details: readonly string[]): string {
  const first = details[0];
  const words = (text: string) => text.split(" ").length;
  return first !== undefined && words(core) + words(first) <= 9 ? `${core} ${first}` : core;
}

function sentencePhrase(core: string, details: readonly string[]): string {
  const whole = [core, ...details].join(" ");
  return whole.split(" ").length <= 11 ? whole : titlePhrase(core, details);
}

function pickDetails(scene: Scene, using: { fillers: Fillers; chooser: Chooser; core: string }): Detail[] {
  const { chooser, core } = using;
  const count = chooser.weighted([0, 1, 2], (n) => [24, 52, 24][n] ?? 0) ?? 0;
  const kinds = scene.details.filter(
    (kind) => !(kind === "P" || kind === "V" || kind === "C") || !/ (at|in) /.test(core),
  );
  const picked = chooser.sample(kinds, count);
  const placed =
    picked.includes("P") && picked.includes("V") ? picked.filter((kind) => kind !== "V") : picked;
  const details: Detail[] = [];
  for (const kind of placed) {
    const detail = writeDetail(kind, { ...using, scene, taken: details });
    if (detail) details.push(detail);
  }
  // Time last, as people say it.
  return details.sort((a, b) => Number(isTime(a, using.fillers)) - Number(isTime(b, using.fillers)));
}

function isTime(detail: Detail, fillers: Fillers): boolean {
  return fillers.when.some((when) => when.text === detail.text);
}

function writeDetail(
  kind: Scene["details"][number],
  using: { fillers: Fillers; chooser: Chooser; scene: Scene; taken: readonly Detail[] },
): Detail | null {
  const { fillers, chooser, scene, taken } = using;
  const isFixed = taken.some((detail) => detail.weather !== null);
  if (kind === "P") {
    const climate = pickClimate(scene, chooser);
    const place = chooser.pick(fillers.places[climate]);
    if (isFixed && climate !== "mild") return null;
    return { text: `in ${place}`, weather: climate === "mild" ? null : climate };
  }
  if (kind === "T") {
    const fitting = fillers.when.filter((when) => fitsWeather(when.weather, { scene, isFixed }));
    return chooser.pick(fitting);
  }
  const template = { V: "at {venue}", W: "with {people}", C: "at {company}", U: "{school}" }[kind];
  return { text: fillTemplate(template, using), weather: null };
}

function fitsWeather(weather: string | null, place: { scene: Scene; isFixed: boolean }): boolean {
  if (weather === null) return true;
  if (place.isFixed) return false;
  const { warmth } = place.scene;
  if (warmth === "any") return true;
  if (weather === "rain") return warmth === "mild";
  return weather === warmth || (weather === "cool" && warmth === "mild");
}

function pickClimate(scene: Scene, chooser: Chooser): "hot" | "mild" | "cold" {
  if (scene.warmth !== "any") return scene.warmth;
  return (
    chooser.weighted(["hot", "mild", "cold"] as const, (name) => ({ hot: 3, mild: 6, cold: 2 })[name]) ??
    "mild"
  );
}

function pickWarmth(scene: Scene, using: { weather: string | null; chooser: Chooser }): 0 | 1 | 2 {
  const { weather, chooser } = using;
  if (weather === "hot") return 0;
  if (weather === "cold") return 2;
  if (weather === "cool" || weather === "rain") return 1;
  if (scene.warmth === "hot") return 0;
  if (scene.warmth === "cold") return 2;
  return scene.warmth === "mild" || chooser.chance(0.75) ? 1 : 0;
}

function applyCase(text: string, chooser: Chooser): { text: string; isLower: boolean } {
  const roll = chooser.between(0, 1);
  if (roll < 0.26) return { text: text.toLowerCase(), isLower: true };
  if (roll < 0.29) return { text: text.toUpperCase(), isLower: true };
  return { text: roll < 0.33 ? `${text}.` : roll < 0.36 ? `${text}!` : text, isLower: false };
}
