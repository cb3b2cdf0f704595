/** Deeds of proof and of time: seals, the close of a day, requests sent again, time that passes. */
import { dayOf } from "@jumpa-madu/contracts/local-day";
import { closeDay } from "@jumpa-madu/store/close-day";
import { sealAll } from "@jumpa-madu/store/seals";
import { expect } from "vitest";
import { chosen, type Deed, type Scene } from "./scene.ts";

const DAY_MS = 86_400_000;

export async function pass(scene: Scene, deed: Deed): Promise<void> {
  scene.nowMs += (deed.how % 7 === 6 ? 26 * 60 : deed.size % 60) * 60_000;
}

export async function seal({ town, nowMs }: Scene): Promise<void> {
  await sealAll(town.store, { since: "last", nowMs });
}

/** The day ends and is closed; the close finds nothing wrong. */
export async function close(scene: Scene): Promise<void> {
  const { town } = scene;
  const day = dayOf(scene.nowMs);
  scene.nowMs += DAY_MS;
  const run = await closeDay(town.store, {
    day,
    wasteBank: town.unit,
    by: `user:${town.staff}`,
    nowMs: scene.nowMs,
  });
  expect(run.violations).toEqual([]);
  expect(run.closed).toHaveLength(1);
}

/** Something that was sent before is sent again, as it was or changed: nothing moves. */
export async function again(scene: Scene, deed: Deed): Promise<void> {
  const sent = chosen(scene.sent, deed.which);
  if (sent === undefined) return;
  const isChanged = deed.how % 2 === 0;
  expect(await sent.again(isChanged), JSON.stringify(deed)).toBe(isChanged ? sent.other : sent.same);
}
