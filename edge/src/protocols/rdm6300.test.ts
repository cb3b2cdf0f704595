import { describeProtocol } from "./protocol-suite.ts";
import { rdm6300 } from "./rdm6300.ts";

// 62 ^ E3 ^ 08 ^ 6C ^ ED = 08.
const CARD = "\x0262E3086CED08\x03";

describeProtocol(rdm6300, [
  { name: "a card", bytes: CARD, expected: [{ code: "62E3086CED" }] },
  { name: "a card in pieces", bytes: ["\x0262E3", "086CED08", "\x03"], expected: [{ code: "62E3086CED" }] },
  {
    name: "a card that is held for a while",
    bytes: CARD + CARD,
    expected: [{ code: "62E3086CED" }, { code: "62E3086CED" }],
  },
  { name: "a card without its end", bytes: CARD.slice(0, -1), expected: [{ code: "62E3086CED" }] },
  {
    name: "a check that is off by one as no card",
    bytes: "\x0262E3086CED09\x03",
    expected: [{ error: "checksum", discarded: 14 }],
  },
  {
    name: "a changed digit as no card",
    bytes: "\x0262E3086CEE08\x03",
    expected: [{ error: "checksum", discarded: 14 }],
  },
  {
    name: "garbage, then a card",
    bytes: `\x00\xff3${CARD}`,
    expected: [{ error: "partial_frame", discarded: 3 }, { code: "62E3086CED" }],
  },
  {
    name: "the tail of a card, then a card",
    bytes: `6CED08\x03${CARD}`,
    expected: [{ error: "partial_frame", discarded: 7 }, { code: "62E3086CED" }],
  },
  {
    name: "the head of a card, then a card",
    bytes: `\x0262E30${CARD}`,
    expected: [{ error: "partial_frame", discarded: 6 }, { code: "62E3086CED" }],
  },
]);
