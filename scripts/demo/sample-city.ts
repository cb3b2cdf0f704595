/** Puts the sample data into a running system through its API, as a regency's clerk would. */
import { type ApiClient, ApiProblem } from "./api-client.ts";
import { MATERIALS, MEMBERS_PER_WASTE_BANK, sampleBins, WASTE_BANKS, ZONES } from "./sample-data.ts";

/** Creates zones, waste banks and bins; what is there already stays as it is. */
export async function createPlaces(api: ApiClient): Promise<void> {
  for (const { id, name } of ZONES) await api.ensure("/v1/zones", { id, name });
  for (const bank of WASTE_BANKS) await api.ensure("/v1/waste-banks", bank);
  for (const { id, name, zone, lat, lon, capacityL } of sampleBins()) {
    await api.ensure("/v1/bins", { id, name, zone, lat, lon, capacity_l: capacityL });
  }
}

/** Creates materials with their prices, and members. */
export async function createTrade(api: ApiClient): Promise<void> {
  for (const { id, name, category, priceIdrPerKg } of MATERIALS) {
    if (!(await api.ensure("/v1/materials", { id, name, category }))) continue;
    await api.ensure("/v1/prices", { material: id, price_idr_per_kg: priceIdrPerKg });
  }
  for (const { id } of WASTE_BANKS) await createMembers(api, id);
}

/** Members have numbers for names: the sample makes no person up. */
async function createMembers(api: ApiClient, wasteBank: string): Promise<void> {
  const there = await api.all<Member>(`/v1/members?waste_bank=${wasteBank}`);
  for (let number = there.length + 1; number <= MEMBERS_PER_WASTE_BANK; number++) {
    await api.request("POST", "/v1/members", {
      name: `Nasabah ${String(number).padStart(3, "0")}`,
      waste_bank: wasteBank,
    });
  }
}

/** What the API tells of a member. */
export interface Member {
  id: string;
  number: string;
  name: string;
}

/** An edge node that the demo runs: its id and secret. */
export interface NodeCredentials {
  id: string;
  secret: string;
}

/** Registers a node and answers its secret; a node that is there already gets a new one. */
export async function registerNode(
  api: ApiClient,
  node: { id: string; name: string; waste_bank?: string },
): Promise<NodeCredentials> {
  try {
    const { secret } = await api.request<{ secret: string }>("POST", "/v1/nodes", node);
    return { id: node.id, secret };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 409) throw error;
    const { secret } = await api.request<{ secret: string }>("POST", `/v1/nodes/${node.id}/secret`, {});
    return { id: node.id, secret };
  }
}
