import type { LicenseClass } from "./sample.ts";

export const LICENSE_POLICIES = ["commercial", "research"] as const;
/** What the model may be used for: decides whose answers it may learn from. */
export type LicensePolicy = (typeof LICENSE_POLICIES)[number];

/** Reason code when outputs of that class must not be learned from under the policy; null when they may. */
export function refuseLicense(licenseClass: LicenseClass, policy: LicensePolicy): string | null {
  switch (licenseClass) {
    case "commercial_ok":
      return null;
    case "unknown":
      return "unknown_license";
    case "research_only":
      return policy === "research" ? null : "research_only";
    case "restricted_teacher":
      return policy === "research" ? null : "restricted_teacher";
    default:
      return licenseClass satisfies never;
  }
}
