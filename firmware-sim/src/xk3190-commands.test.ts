import { expect, test } from "vitest";
import { latin1 } from "./device-model.ts";
import { Xk3190Commands } from "./xk3190-commands.ts";

const textsOf = (commands: ReturnType<Xk3190Commands["push"]>) =>
  commands.map((command) => (command.ok ? command.text : "too long"));

test.for(["\x02AA00\x03", "\x02AB03\x03", "\x02AC02\x03", "\x02AD05\x03", "\x02A071\x03"])(
  "the manual's command %j is found, whole or in pieces",
  (text) => {
    const letter = [text.charAt(2)];
    expect(textsOf(new Xk3190Commands("A").push(latin1(text)))).toEqual(letter);
    const commands = new Xk3190Commands("A");
    expect([...latin1(text)].flatMap((byte) => textsOf(commands.push(Uint8Array.of(byte))))).toEqual(letter);
  },
);

test("garbage before, a wrong xor, another address and a lost end are passed over", () => {
  const commands = new Xk3190Commands("A");
  expect(
    textsOf(commands.push(latin1(`xx${"y".repeat(10_000)}\x02AB0\x02AB04\x03\x02BB00\x03\x02AB03`))),
  ).toEqual([]);
  expect(textsOf(commands.push(latin1("\x02AC02\x03")))).toEqual(["C"]);
});
