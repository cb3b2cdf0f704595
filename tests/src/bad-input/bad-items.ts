/** Tables of what nodes may send that cannot be accepted, each with its code in the quarantine and words of its reason. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { depositOf, levelOf, type Places, weightOf } from "./samples.ts";

const YEAR_MS = 365 * 86_400_000;

/** An item of a stream that cannot be accepted: what it is called in the quarantine, and words of the reason. */
interface BadItem {
  name: string;
  item: (places: Places) => object;
  code: string;
  reason: RegExp;
}

/** Readings, each spoilt in one way. */
export const BAD_READINGS: BadItem[] = [
  {
    name: "a distance that is a text",
    item: (at) => levelOf(at, { distance_mm: "jauh" }),
    code: "schema",
    reason: /\/distance_mm must be integer/,
  },
  {
    name: "a kind that nobody knows",
    item: (at) => levelOf(at, { kind: "bin_smell" }),
    code: "schema",
    reason: /\/kind must be one of bin_level/,
  },
  {
    name: "a field too many",
    item: (at) => levelOf(at, { colour: "merah" }),
    code: "schema",
    reason: /additional properties/,
  },
  {
    name: "an unknown bin",
    item: (at) => levelOf(at, { bin: "bin-hantu" }),
    code: "unknown_device",
    reason: /bin bin-hantu is not registered at node mentah-a; register it there/,
  },
  {
    name: "the bin of another node",
    item: (at) => levelOf(at, { bin: "bin-b" }),
    code: "unknown_device",
    reason: /bin bin-b is not registered at node mentah-a/,
  },
  {
    name: "a clock a year ahead",
    item: (at) => levelOf(at, { t: Date.now() + YEAR_MS }),
    code: "clock",
    reason: /ahead of ours; set the node's clock/,
  },
  {
    name: "a clock that was never set",
    item: (at) => levelOf(at, { t: 12_345 }),
    code: "schema",
    reason: /\/t must be >= 1577836800000/,
  },
  {
    name: "an absurd weight",
    item: (at) => weightOf(at, { weight_g: 1e12 }),
    code: "schema",
    reason: /\/weight_g must be <= 100000000/,
  },
];

/** Deposits, each spoilt in one way. */
export const BAD_RECORDS: BadItem[] = [
  {
    name: "a negative weight",
    item: (at) => depositOf(at, { line: { net_g: -1_250 } }),
    code: "schema",
    reason: /\/lines\/0\/net_g must be >= 1/,
  },
  {
    name: "an absurd weight",
    item: (at) => depositOf(at, { line: { gross_g: 1e9, net_g: 1e9 } }),
    code: "schema",
    reason: /\/lines\/0\/gross_g must be <= 100000000/,
  },
  {
    name: "a price that does not exist",
    item: (at) => depositOf(at, { line: { price: newEventId() } }),
    code: "unknown_price",
    reason: /price .* does not exist/,
  },
  {
    name: "an amount far beyond grams times price",
    item: (at) => depositOf(at, { line: { amount_idr: 9_999_999 }, change: { total_idr: 9_999_999 } }),
    code: "printed_too_much",
    reason: /1250 g at Rp 2900 a kg is Rp 3625/,
  },
  {
    name: "a member that does not exist",
    item: (at) => depositOf(at, { change: { member: newEventId() } }),
    code: "unknown_member",
    reason: /register the member/,
  },
  {
    name: "a waste bank that is not the node's",
    item: (at) => depositOf(at, { change: { waste_bank: "bank-9" } }),
    code: "foreign_waste_bank",
    reason: /does not stand at waste bank bank-9/,
  },
  {
    name: "a clock a year ahead",
    item: (at) => depositOf(at, { change: { t: Date.now() + YEAR_MS } }),
    code: "clock",
    reason: /set the node's clock/,
  },
];

/** Messages that are no envelopes at all. */
export const BAD_MESSAGES = [
  { name: "malformed JSON", payload: '{"epoch": "', code: "malformed", reason: /not JSON/ },
  {
    name: "bytes that are no text",
    payload: Buffer.from([0xff, 0xfe, 0x00, 0x80]),
    code: "malformed",
    reason: /not JSON/,
  },
  {
    name: "an envelope without an epoch",
    payload: '{"first":1,"items":[null]}',
    code: "schema",
    reason: /epoch/,
  },
  // The broker lets a packet pass that is a little larger than the largest envelope, so that ingest can say why.
  {
    name: "an envelope that is too large",
    payload: `{"x":"${"x".repeat(131_200)}"}`,
    code: "oversize",
    reason: /send smaller batches/,
  },
];
