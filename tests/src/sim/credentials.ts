/** What a simulated node is and proves itself with: one JSON line a node. */
import { EventId, MemberId, NameId } from "@jumpa-madu/contracts/ids";
import { PORTS_MAX } from "@jumpa-madu/contracts/node-config";
import { PriceIdrPerKg } from "@jumpa-madu/contracts/units";
import { type Checked, checkerOf } from "@jumpa-madu/contracts/validate";
import Type, { type Static } from "typebox";

/** Most nodes of one process. */
export const NODES_MAX = 50_000;

const strict = { additionalProperties: false } as const;

const SimPrice = Type.Object({ id: EventId, material: NameId, price_idr_per_kg: PriceIdrPerKg }, strict);

/** A node. One with scales makes deposits when it has a waste bank, members and prices as well. */
export const Credentials = Type.Object(
  {
    id: NameId,
    secret: Type.String({ minLength: 1, maxLength: 256 }),
    bins: Type.Optional(Type.Array(NameId, { maxItems: PORTS_MAX })),
    scales: Type.Optional(Type.Array(NameId, { maxItems: PORTS_MAX })),
    waste_bank: Type.Optional(NameId),
    members: Type.Optional(Type.Array(MemberId, { maxItems: 100 })),
    prices: Type.Optional(Type.Array(SimPrice, { maxItems: 100 })),
  },
  strict,
);
export type Credentials = Static<typeof Credentials>;

const checker = checkerOf(Credentials);

/** Reads a file of credentials; at most ten faults, each naming its line and none repeating a secret. */
export function parseCredentials(text: string): Checked<Credentials[]> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > NODES_MAX) {
    return { ok: false, faults: [`${lines.length} nodes; one process takes ${NODES_MAX}`] };
  }
  const faults: string[] = [];
  const nodes: Credentials[] = [];
  for (const [index, line] of lines.entries()) {
    const checked = parseLine(line);
    if (checked.ok) nodes.push(checked.value);
    else faults.push(`line ${index + 1}: ${checked.faults.join("; ")}`);
  }
  return faults.length > 0 ? { ok: false, faults: faults.slice(0, 10) } : { ok: true, value: nodes };
}

function parseLine(line: string): Checked<Credentials> {
  try {
    return checker.check(JSON.parse(line));
  } catch {
    return { ok: false, faults: ["not JSON"] };
  }
}

/** Writes credentials as `parseCredentials` reads them. */
export function formatCredentials(nodes: Credentials[]): string {
  return nodes.map((node) => `${JSON.stringify(node)}\n`).join("");
}

/** The first nodes that together have as many bins and scales as asked for; a fault when there are not as many. */
export function chooseNodes(
  nodes: Credentials[],
  wanted: { bins: number; scales: number },
): Checked<Credentials[]> {
  let { bins, scales } = wanted;
  const chosen: Credentials[] = [];
  for (const node of nodes) {
    const own = { bins: (node.bins ?? []).slice(0, bins), scales: (node.scales ?? []).slice(0, scales) };
    if (own.bins.length + own.scales.length === 0) continue;
    bins -= own.bins.length;
    scales -= own.scales.length;
    chosen.push({ ...node, ...own });
  }
  if (bins === 0 && scales === 0) return { ok: true, value: chosen };
  return { ok: false, faults: [`the credentials lack ${bins} bins and ${scales} scales of those asked for`] };
}
