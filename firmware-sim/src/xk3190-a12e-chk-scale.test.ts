import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { Talk, textOf } from "./talk-fixture.ts";
import {
  encodeXk3190A12eChk,
  encodeXk3190A12eOutOfRange,
  Xk3190A12eChkScale,
} from "./xk3190-a12e-chk-scale.ts";

test("encodes the manual's example of 4.139 kg", () => {
  expect(Buffer.from(encodeXk3190A12eChk("WG", 4139, 3)).toString("hex")).toBe(
    "57473030342e3133396b6733440d0a",
  );
});

test("encodes the manual's lines out of range", () => {
  expect(textOf(encodeXk3190A12eOutOfRange("over"))).toBe("         OL23\r\n");
  expect(textOf(encodeXk3190A12eOutOfRange("under"))).toBe("         LO23\r\n");
});

test("without a point the last place is blank, and a minus comes first", () => {
  expect(textOf(encodeXk3190A12eChk("WN", -12_000, 0))).toMatch(/^WN-00012 kg[0-9A-F]{2}\r\n$/);
});

test("gross becomes net with a tare, and the range is told", () => {
  const talk = new Talk(new Xk3190A12eChkScale({ seed: 2 }));
  expect(talk.load(500)).toMatch(/^WG000\.500kg..\r\n$/);
  talk.scale.cell.tare();
  expect(talk.load(1500)).toMatch(/^WN001\.000kg..\r\n$/);
  expect(talk.load(61_000)).toBe("         OL23\r\n");
  expect(talk.load(-2000)).toBe("         LO23\r\n");
});

test("a spoilt line does not fit its xor", () => {
  const scale = new Xk3190A12eChkScale({ seed: 1 });
  const random = new Random(1);
  for (const line of [encodeXk3190A12eChk("WG", 4139, 3), encodeXk3190A12eOutOfRange("over")]) {
    for (let turn = 0; turn < 50; turn += 1) {
      const spoilt = scale.spoil(line, random);
      const xor = spoilt.subarray(0, 11).reduce((sum, byte) => sum ^ byte, 0);
      expect(Number.parseInt(textOf(spoilt.subarray(11, 13)), 16)).not.toBe(xor);
    }
  }
});
