import type { SchemaDocument, SchemaNode, SchemaResource } from "../schema/schema-document.ts";
import type { DynamicScope } from "./goal.ts";

/** Dynamic scopes by what they hold, so that equal ones are the same object. */
export interface DynamicScopes {
  readonly initial: DynamicScope;
  enter(scope: DynamicScope, resource: SchemaResource): DynamicScope;
  /** The schema a `$dynamicRef` stands for, given the one that the reference names by itself. */
  resolve(scope: DynamicScope, target: SchemaNode, reference: string): SchemaNode;
}

export function createDynamicScopes(document: SchemaDocument): DynamicScopes {
  const empty: DynamicScope = { id: 0, resources: [] };
  const scopes = new Map<string, DynamicScope>();

  function enter(scope: DynamicScope, resource: SchemaResource): DynamicScope {
    // Only the outermost resource with an anchor counts: one that brings no new anchor changes nothing.
    const isNew = (name: string) => !scope.resources.some(({ dynamicAnchors }) => dynamicAnchors.has(name));
    if (![...resource.dynamicAnchors.keys()].some(isNew)) return scope;
    const resources = [...scope.resources, resource];
    const key = resources.map(({ root }) => root.id).join();
    const entered = scopes.get(key) ?? { id: scopes.size + 1, resources };
    scopes.set(key, entered);
    return entered;
  }

  return {
    initial: enter(empty, document.root.resource),
    enter,
    resolve(scope, target, reference) {
      // A reference by pointer is an ordinary one, even to a schema that has a dynamic anchor.
      const name = reference.split("#").at(-1) ?? "";
      if (target.resource.dynamicAnchors.get(name) !== target) return target;
      const holder = scope.resources.find(({ dynamicAnchors }) => dynamicAnchors.has(name));
      return holder?.dynamicAnchors.get(name) ?? target;
    },
  };
}
