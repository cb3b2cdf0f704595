/** A small town for tests, put in through the API: one zone, waste banks with members, materials with prices. */
import type { HttpClient } from "./http-client.ts";

/** Materials with their prices in whole rupiah a kilogram. */
export const MATERIALS = [
  { id: "botol-pet", name: "Botol PET bening", category: "plastik", priceIdrPerKg: 2_900 },
  { id: "kardus", name: "Kardus", category: "kertas", priceIdrPerKg: 1_340 },
  { id: "kaleng-aluminium", name: "Kaleng aluminium", category: "logam", priceIdrPerKg: 13_500 },
] as const;

/** Zone that everything lies in. */
export const ZONE = "lubuk-pakam";

/** A member as the API tells. */
export interface Member {
  id: string;
  number: string;
}

/** Members of each waste bank. */
export type Town = Map<string, Member[]>;

/** Creates the town. */
export async function createTown(
  api: HttpClient,
  { wasteBanks, membersEach }: { wasteBanks: string[]; membersEach: number },
): Promise<Town> {
  await api.make("/v1/zones", { id: ZONE, name: "Lubuk Pakam" });
  for (const { id, name, category, priceIdrPerKg } of MATERIALS) {
    await api.make("/v1/materials", { id, name, category });
    await api.make("/v1/prices", { material: id, price_idr_per_kg: priceIdrPerKg });
  }
  const town: Town = new Map();
  for (const id of wasteBanks) {
    await api.make("/v1/waste-banks", { id, name: `Bank Sampah ${id}`, zone: ZONE, lat: 3.55, lon: 98.87 });
    const members: Member[] = [];
    for (let number = 1; number <= membersEach; number++) {
      members.push(await api.make("/v1/members", { name: `Nasabah ${id} ${number}`, waste_bank: id }));
    }
    town.set(id, members);
  }
  return town;
}

/** Adds a bin of 660 litres. */
export async function addBin(api: HttpClient, id: string): Promise<void> {
  await api.make("/v1/bins", {
    id,
    name: `Kontainer ${id}`,
    zone: ZONE,
    lat: 3.56,
    lon: 98.88,
    capacity_l: 660,
  });
}

/** Adds a scale of 60 kg. */
export async function addScale(api: HttpClient, id: string, wasteBank: string): Promise<void> {
  const scale = { id, name: `Timbangan ${id}`, waste_bank: wasteBank, capacity_g: 60_000, division_g: 5 };
  await api.make("/v1/scales", scale);
}
