/**
 * Verification (tera) of the scales: what the operator is told when it has expired, and when a weight is refused for it.
 *
 * When a scale was never verified, that is told and no more, whatever the policy is: a waste bank that weighs for its own
 * members may begin before the metrology office has come. Of a scale that the catalogue does not know nothing is said.
 */
import type { ExpiryPolicy } from "@jumpa-madu/contracts/node-config";
import type { Notice } from "@jumpa-madu/contracts/notice";
import type { PriceList } from "../catalogue/price-list.ts";
import type { Fault } from "./problems.ts";
import type { Scale } from "./scale.ts";

/** What the operator should know of a scale. `verified_until` is in milliseconds since 1970, null when it was never verified. */
export interface Warning {
  code: "verification_expired" | "never_verified";
  scale: string;
  verified_until: number | null;
  text: string;
}

/** What is needed to judge. */
export interface VerificationMeans {
  priceList: PriceList | null;
  /** Time of day, in milliseconds since 1970. */
  nowMs: number;
}

/** The warnings about scales, each scale once. */
export function warningsOf(scales: string[], { priceList, nowMs }: VerificationMeans): Warning[] {
  return [...new Set(scales)].flatMap((scale): Warning[] => {
    const until = priceList?.verifiedUntil(scale);
    if (until === undefined || (until !== null && until > nowMs)) return [];
    return until === null
      ? [
          {
            code: "never_verified",
            scale,
            verified_until: null,
            text: `Timbangan ${scale} belum pernah ditera`,
          },
        ]
      : [
          {
            code: "verification_expired",
            scale,
            verified_until: until,
            text: `Tera timbangan ${scale} habis sejak ${dayOf(until)}: minta tera ulang`,
          },
        ];
  });
}

/** Why a weight of a scale is refused; null when it is not. */
export function blockFault(scale: string, policy: ExpiryPolicy, means: VerificationMeans): Fault | null {
  const [warning] = warningsOf([scale], means);
  if (policy !== "block" || warning?.code !== "verification_expired") return null;
  return {
    code: "verification_expired",
    detail: `${warning.text}; pakai timbangan lain, atau pengawas mengetik beratnya: the verification of this scale has expired; have it verified and enter its new date, use another scale, or let a supervisor type the weight`,
  };
}

/** The same for those who look after the node. */
export function expiryNotices(scales: Pick<Scale, "name">[], means: VerificationMeans): Notice[] {
  const warnings = warningsOf(
    scales.map(({ name }) => name),
    means,
  );
  return warnings.flatMap(({ code, scale, verified_until: until }) =>
    code === "verification_expired" && until !== null
      ? [
          {
            device: scale,
            code,
            text: `the verification (tera) of this scale expired on ${dayOf(until)}; have it verified again and enter the new date`,
          },
        ]
      : [],
  );
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
