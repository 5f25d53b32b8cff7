import {
  addKeyword,
  getKeyword,
  Validation,
  type ValidationContext,
} from "@hyperjump/json-schema/experimental";
import * as Instance from "@hyperjump/json-schema/instance/experimental";

/** Where each declared property's schema is, by name. */
type SchemaAddresses = Readonly<Record<string, string>>;
type Context = ValidationContext & { readonly evaluatedProperties?: Set<string> };

const ID = "https://json-schema.org/keyword/properties";

/**
 * Gives the validator a `properties` that knows declared names only: for its own one every schema declares
 * `constructor`, `toString` and whatever else each object of this language has.
 */
export function useDeclaredProperties(): void {
  addKeyword({
    ...getKeyword<SchemaAddresses>(ID),
    interpret(addresses, instance, context: Context) {
      let isValid = true;
      for (const [nameNode, value] of Instance.entries(instance)) {
        const name = Instance.value<string>(nameNode);
        const address = Object.hasOwn(addresses, name) ? addresses[name] : undefined;
        if (address === undefined) continue;
        // The rest is looked at after a fault, too: it counts as evaluated, and output names every fault.
        isValid = Validation.interpret(address, value, context) && isValid;
        context.evaluatedProperties?.add(name);
      }
      return isValid;
    },
  });
}
