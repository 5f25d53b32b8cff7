import { testRandomSchemas } from "../support/test-random-schemas.ts";

testRandomSchemas({ count: 150, seed: 20_240_607 });
