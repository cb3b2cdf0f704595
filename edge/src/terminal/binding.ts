/**
 * Binding of the scales: the cloud books a weight of a scale that is or was bound to the node, and no other. A deposit on
 * another one would be stored here, acknowledged, and lie in quarantine; so it is not taken.
 *
 * A configuration from the cloud names bound scales alone, and comes at once; the catalogue follows within a minute. So only
 * scales of the node's own file are looked up in it.
 */
import type { Notice } from "@jumpa-madu/contracts/notice";
import type { PriceList } from "../catalogue/price-list.ts";
import type { Fault } from "./problems.ts";
import type { Scale } from "./scale.ts";

/** What is needed to judge. */
export interface BindingMeans {
  node: string;
  priceList: PriceList | null;
  /** Version of the configuration in force; 0 when it is the one of the node's own file. */
  configVersion: number;
}

/** Why no weight of a scale is taken; null when the cloud would book it, or nobody has told which scales it would. */
export function unboundFault(scale: string, means: BindingMeans): Fault | null {
  if (isBound(scale, means)) return null;
  return {
    code: "scale_unbound",
    detail: `minta petugas kota mendaftarkan timbangan ${scale} pada terminal ini: scale ${scale} ${adviceFor(means)}`,
  };
}

/** The same for those who look after the node. */
export function unboundNotices(scales: Pick<Scale, "name">[], means: BindingMeans): Notice[] {
  return scales
    .filter(({ name }) => !isBound(name, means))
    .map(({ name }) => ({
      device: name,
      code: "scale_unbound",
      text: `no deposit is taken: this scale ${adviceFor(means)}`,
    }));
}

function isBound(scale: string, { priceList, configVersion }: BindingMeans): boolean {
  return configVersion > 0 || priceList === null || priceList.mayWeigh(scale);
}

function adviceFor({ node }: BindingMeans): string {
  return `is not bound to this node; bind it: POST /v1/nodes/${node}/devices, or correct its name in the node's file`;
}
