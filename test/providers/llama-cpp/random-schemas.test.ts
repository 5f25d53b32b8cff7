import { testSchemasThroughProvider } from "../../support/test-schemas-through-provider.ts";

testSchemasThroughProvider({ count: 300, seed: 20_240_607 });
