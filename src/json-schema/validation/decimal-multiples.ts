import * as Browser from "@hyperjump/browser";
import { addKeyword } from "@hyperjump/json-schema/experimental";
import * as Instance from "@hyperjump/json-schema/instance/experimental";
import { isMultiple } from "../logic/number-assertions.ts";

/**
 * Gives the validator a `multipleOf` that counts in decimal, as numbers are written: by its own, binary one, 368 is no
 * multiple of 0.01.
 */
export function useDecimalMultiples(): void {
  addKeyword({
    id: "https://json-schema.org/keyword/multipleOf",
    compile: async (schema) => Browser.value<number>(schema),
    interpret(step, instance) {
      const value = Instance.value<unknown>(instance);
      return typeof value !== "number" || isMultiple(value, step as number);
    },
  });
}
