import { expect, it } from "vitest";
import { hashPin, isPin } from "./pin-hash.ts";

it("knows the PIN again and no other, with a salt of its own for each", async () => {
  const [one, other] = await Promise.all([hashPin("271828"), hashPin("271828")]);
  expect(one).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(other).not.toBe(one);
  expect(await isPin("271828", one)).toBe(true);
  expect(await isPin("271829", one)).toBe(false);
  expect(await isPin("0271828", one)).toBe(false);
});

it.each([
  "",
  "271828",
  "$scrypt$ln=1,r=1,p=1$$",
  "$scrypt$ln=14,r=8,p=5$",
  "$argon2id$v=19$m=1,t=1,p=1$YQ$YQ",
])("takes no PIN for the hash %s, whatever it costs to compute", async (phc) => {
  expect(await isPin("271828", phc)).toBe(false);
});

it("leaves the event loop free while it computes", async () => {
  let turns = 0;
  let done = false;
  const hashing = hashPin("271828").then(() => {
    done = true;
  });
  while (!done && turns < 1_000_000) {
    turns += 1;
    await new Promise(setImmediate);
  }
  await hashing;
  expect(turns).toBeGreaterThan(10);
});
