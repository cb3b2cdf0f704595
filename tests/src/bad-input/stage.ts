/** Who takes part: two nodes without an agent, one terminal with an agent and a scale, and places that they know. */
import { startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import type { EdgeAgent } from "../system/edge-agent.ts";
import { QuickScale } from "../system/quick-scale.ts";
import type { System } from "../system/system.ts";
import { addBin, addScale, createTown, MATERIALS, type Member } from "../system/town.ts";
import { until } from "../system/until.ts";
import type { Places } from "./samples.ts";

const [PET] = MATERIALS;

export interface Stage {
  places: Places;
  /** Credentials of two nodes of the same waste bank. */
  sender: { id: string; secret: string };
  neighbour: { id: string; secret: string };
  counter: EdgeAgent;
  scale: QuickScale;
  member: Member;
}

/** Registers all of them and starts the terminal's agent. */
export async function setStage(system: System): Promise<Stage> {
  const { admin, portsFolder } = system;
  const town = await createTown(admin, { wasteBanks: ["bank-1"], membersEach: 1 });
  const [member] = town.get("bank-1") ?? [];
  if (member === undefined) throw new Error("the town has no member");
  await admin.make("/v1/materials", { id: "tanpa-harga", name: "Tanpa harga", category: "lain" });
  for (const id of ["bin-a", "bin-b"]) await addBin(admin, id);
  for (const id of ["scale-a", "scale-b", "scale-c"]) await addScale(admin, id, "bank-1");
  const nodeOf = async (letter: "a" | "b") => {
    const id = `mentah-${letter}`;
    const ports = [
      { path: `/dev/${letter}1`, protocol: "a02yyuw" as const, bin: `bin-${letter}` },
      { path: `/dev/${letter}2`, protocol: "st-gs" as const, scale: `scale-${letter}` },
    ];
    return { id, secret: await system.registerNode({ id, wasteBank: "bank-1", ports }) };
  };
  const prices = await admin.all("/v1/prices");
  const price = prices.find(({ material }) => material === PET.id);
  const device = startDevice({ model: new QuickScale(), link: `${portsFolder}/scale-c`, seed: 1 });
  const counter = await system.addNode({
    id: "loket-1",
    wasteBank: "bank-1",
    ports: [{ path: device.path, protocol: "st-gs", scale: "scale-c" }],
  });
  await until("the catalogue", async () => (await counter.terminal.read("/status")).catalogue.present);
  return {
    places: {
      bin: "bin-a",
      scale: "scale-a",
      wasteBank: "bank-1",
      member: member.id,
      price: { id: price.id, material: PET.id, priceIdrPerKg: PET.priceIdrPerKg },
    },
    sender: await nodeOf("a"),
    neighbour: await nodeOf("b"),
    counter,
    scale: device.model,
    member,
  };
}
