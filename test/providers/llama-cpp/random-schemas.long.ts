import { testSchemasThroughProvider } from "../../support/test-schemas-through-provider.ts";

testSchemasThroughProvider({ count: 1000, seed: 19_990_101 });
