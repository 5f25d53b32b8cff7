import { testRandomSchemas } from "../support/test-random-schemas.ts";

testRandomSchemas({ count: 1000, seed: 19_990_101 });
