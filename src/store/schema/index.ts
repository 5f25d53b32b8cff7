export { apiKeys, audit, routeVersions, tombstones } from "./configuration.ts";
export { reviews, samples } from "./dataset.ts";
export { feedback } from "./feedback.ts";
export { attempts, inferenceBodies, inferences } from "./inferences.ts";
export { models, ramps, rounds } from "./lifecycle.ts";
export { shadowAnswers } from "./shadow-answers.ts";
