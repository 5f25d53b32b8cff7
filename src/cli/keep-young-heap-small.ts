import v8 from "node:v8";

/**
 * For a command that streams: what a page leaves behind is collected as it comes, instead of when tens of megabytes lie
 * about. An export of 300,000 pairs from PostgreSQL took 165 MB with it and 292 MB without, and 30 s instead of 27.
 */
export function keepYoungHeapSmall(): void {
  v8.setFlagsFromString("--semi-space-growth-factor=1");
}
