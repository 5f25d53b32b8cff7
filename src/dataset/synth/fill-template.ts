import type { Fillers } from "./knowledge.ts";
import type { Chooser } from "./random.ts";

/** A template with every {placeholder} filled; fillers may hold placeholders themselves. */
export function fillTemplate(template: string, using: { fillers: Fillers; chooser: Chooser }): string {
  const { fillers, chooser } = using;
  let text = template;
  for (let depth = 0; depth < 4 && text.includes("{"); depth++) {
    text = text.replace(/\{(\w+)\}/g, (_, name: string) => {
      if (name === "inv") return inventName(fillers, chooser);
      if (name === "place") return pickPlace(fillers, chooser);
      return chooser.pick(fillers.fillers[name] ?? []);
    });
  }
  return text;
}

/** A name nobody has seen: the model can only copy it. */
function inventName({ invented }: Fillers, chooser: Chooser): string {
  return chooser.pick(invented.start) + chooser.pick(invented.mid) + chooser.pick(invented.end);
}

function pickPlace({ places }: Fillers, chooser: Chooser): string {
  // A place named in the core has no weather of its own, so it comes from the mild ones.
  return chooser.pick(places.mild);
}
