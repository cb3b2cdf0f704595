/** Heads of all chains in one line, as the deed of a close names them: `journals 12 ab…; audit_events 30 cd…`. */
import type { Db } from "../relational/relational-store.ts";
import { CHAINS, type Chain, type ChainHead, headOf } from "./seals.ts";

/** A head that somebody has written down. */
export type NamedHead = Pick<ChainHead, "seq" | "hash"> & { chain: Chain };

/** The last seal of each chain. */
export async function headsOf(db: Db): Promise<Record<Chain, ChainHead>> {
  const heads: Partial<Record<Chain, ChainHead>> = {};
  for (const chain of CHAINS) heads[chain] = await headOf(db, chain);
  return heads as Record<Chain, ChainHead>;
}

/** The line of these heads. */
export function writeHeads(heads: Record<Chain, ChainHead>): string {
  return CHAINS.map((chain) => `${chain} ${heads[chain].seq} ${heads[chain].hash}`).join("; ");
}

/** The heads of a line; what is none is left out. */
export function readHeads(line: string): NamedHead[] {
  return line.split(";").flatMap((part) => {
    const [name, seq = "", hash = ""] = part.trim().split(" ");
    const chain = CHAINS.find((one) => one === name);
    return chain !== undefined && /^\d{1,15}$/.test(seq) && /^[0-9a-f]{64}$/.test(hash)
      ? [{ chain, seq: Number(seq), hash }]
      : [];
  });
}
