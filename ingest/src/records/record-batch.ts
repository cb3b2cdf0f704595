/**
 * Posts the records of some envelopes within one transaction: books, quarantine, gaps and positions together.
 *
 * Records go strictly in order within one outbox, so a void never overtakes its deposit.
 */
import type { LedgerRecord, RecordKind } from "@jumpa-madu/contracts/records";
import { postRecord } from "@jumpa-madu/store/post-record";
import {
  LINES_TOGETHER_MAX,
  postTogether,
  type ReadyDeposit,
  type ReceivedDeposit,
  readyOf,
} from "@jumpa-madu/store/post-together";
import { type QuarantineItem, QuarantineRoom } from "@jumpa-madu/store/quarantine";
import type { Tx } from "@jumpa-madu/store/relational-store";
import { keepGaps, keepPositions } from "@jumpa-madu/store/stream-positions";
import { quarantineItem, type ReceivedEnvelope } from "../intake/envelope-intake.ts";
import { type Fault, recordChecks } from "../intake/item-check.ts";
import type { Span, StreamTrack } from "../positions/stream-track.ts";

/** An envelope with the track of its outbox. */
export interface RecordPart {
  envelope: ReceivedEnvelope;
  track: StreamTrack;
}

/** Where a track will stand when the transaction is durable. */
interface Advance {
  upto: number;
  gaps: Span[];
}

/** What a transaction did; counts for nothing unless it commits. */
export interface RecordsDone {
  advances: Map<StreamTrack, Advance>;
  posted: RecordKind[];
  duplicates: number;
  items: number;
  quarantined: QuarantineItem[];
  /** Records that quarantine had no room for: the outbox keeps each, and what follows it, until there is. */
  held: QuarantineItem[];
  /** Envelopes that came before their turn: not taken, the node sends them again in order. */
  outOfOrder: number;
}

/** In place of posting: the record goes to quarantine, because the database cannot take it. */
export type Poison = Fault;

/** Runs within the caller's transaction. Throws what the database throws, which spoils the transaction. */
export async function postParts(
  tx: Tx,
  { parts, poison }: { parts: RecordPart[]; poison: Poison | null },
): Promise<RecordsDone> {
  const done: RecordsDone = {
    advances: new Map(),
    posted: [],
    duplicates: 0,
    items: 0,
    quarantined: [],
    held: [],
    outOfOrder: 0,
  };
  const to: Posting = { tx, done, poison, room: new QuarantineRoom(tx) };
  for (const some of poison === null ? linesTogether(parts) : [parts]) {
    const together = poison === null ? await postedTogether(to, some) : null;
    for (const part of some) await postPart(to, part, together?.has(part.track) ?? false);
  }
  await keepAdvances(tx, done.advances);
  return done;
}

/** Posts what of a part is due; `isPosted`: its records are in the books already. */
async function postPart(to: Posting, { envelope, track }: RecordPart, isPosted: boolean): Promise<void> {
  const { done } = to;
  const advance = done.advances.get(track) ?? { upto: track.upto, gaps: [] };
  const from = turnOf(envelope, advance);
  if (from === null) done.outOfOrder++;
  else if (isPosted) notePosted(done, advance, { from, last: envelope.last });
  else await postFrom(to, { envelope, advance, from });
  if (advance.upto > track.upto) done.advances.set(track, advance);
}

function notePosted(done: RecordsDone, advance: Advance, { from, last }: Span): void {
  for (let seq = from; seq <= last; seq++) {
    done.posted.push("deposit");
    done.items++;
    advance.upto = seq;
  }
}

/** The parts in their order, in pieces of so few lines that they may be posted together, or of one part. */
function linesTogether(parts: RecordPart[]): RecordPart[][] {
  const pieces: RecordPart[][] = [];
  let lines = Number.POSITIVE_INFINITY;
  for (const part of parts) {
    const more = linesOf(part.envelope);
    lines += more;
    if (lines > LINES_TOGETHER_MAX) {
      pieces.push([]);
      lines = more;
    }
    pieces.at(-1)?.push(part);
  }
  return pieces;
}

function linesOf({ items }: ReceivedEnvelope): number {
  let lines = 0;
  for (const item of items)
    if (typeof item === "object" && item !== null && "lines" in item && Array.isArray(item.lines))
      lines += item.lines.length;
  return lines;
}

/**
 * Posts the deposits of those outboxes of which all that is due is ready to be posted, in one go, and answers which those are.
 * Any other outbox has its records posted one by one, in their order.
 */
async function postedTogether({ tx, done }: Posting, parts: RecordPart[]): Promise<Set<StreamTrack>> {
  const due = dueDeposits(parts, done);
  const received = [...due].flatMap(([track, deposits]) =>
    deposits.map((deposit) => ({ track, ...deposit })),
  );
  const lines = received.reduce((sum, { deposit }) => sum + deposit.lines.length, 0);
  // One by one is the shorter way for one.
  if (received.length < 2 || lines > LINES_TOGETHER_MAX) return new Set();
  const ready = await readyOf(tx, received);
  const wanting = new Set(received.filter((_, at) => ready[at] === null).map(({ track }) => track));
  const all = ready.filter((each, at) => {
    const track = received[at]?.track;
    return each !== null && track !== undefined && !wanting.has(track);
  }) as ReadyDeposit[];
  if (!(await postTogether(tx, all))) return new Set();
  return new Set([...due.keys()].filter((track) => !wanting.has(track)));
}

/** What is due of each outbox whose due records are deposits in the form that they must have, one after the other. */
function dueDeposits(parts: RecordPart[], done: RecordsDone): Map<StreamTrack, ReceivedDeposit[]> {
  const due = new Map<StreamTrack, ReceivedDeposit[]>();
  const advances = new Map<StreamTrack, Advance>();
  const others = new Set<StreamTrack>();
  for (const { envelope, track } of parts) {
    const { upto } = advances.get(track) ?? done.advances.get(track) ?? track;
    const advance: Advance = { upto, gaps: [] };
    const from = turnOf(envelope, advance);
    const { node, receivedMs } = envelope;
    const deposits = due.get(track) ?? [];
    for (let seq = from ?? envelope.last + 1; seq <= envelope.last; seq++) {
      const item = envelope.items[seq - envelope.first];
      if (!recordChecks.fits(item, receivedMs) || item.kind !== "deposit") others.add(track);
      else deposits.push({ node, receivedMs, deposit: item });
    }
    if (from === null) others.add(track);
    advance.upto = Math.max(advance.upto, envelope.last);
    advances.set(track, advance);
    due.set(track, deposits);
  }
  for (const track of others) due.delete(track);
  return due;
}

/** First number of the envelope that is new; null when numbers before it are still to come. Notes the gap that `floor` declares. */
function turnOf({ first, floor }: ReceivedEnvelope, advance: Advance): number | null {
  const next = advance.upto + 1;
  if (floor > next) {
    advance.gaps.push({ from: next, last: floor - 1 });
    advance.upto = floor - 1;
  }
  return first > advance.upto + 1 ? null : advance.upto + 1;
}

interface Posting {
  tx: Tx;
  done: RecordsDone;
  poison: Poison | null;
  room: QuarantineRoom;
}

/** Posts in order, and goes no further than a record that is neither posted nor in quarantine: it must not be acknowledged. */
async function postFrom(
  to: Posting,
  { envelope, advance, from }: { envelope: ReceivedEnvelope; advance: Advance; from: number },
): Promise<void> {
  for (let seq = from; seq <= envelope.last; seq++) {
    const item = envelope.items[seq - envelope.first];
    const fault = to.poison ?? (await postItem(to, envelope, item));
    if (fault !== null) {
      const refused = quarantineItem(envelope, { seq, ...fault, body: JSON.stringify(item) });
      if (!(await to.room.keep(refused))) {
        to.done.held.push(refused);
        return;
      }
      to.done.quarantined.push(refused);
    }
    to.done.items++;
    advance.upto = seq;
  }
}

/** Posts one record and answers its fault, if any. */
async function postItem(
  { tx, done }: Posting,
  { node, receivedMs }: ReceivedEnvelope,
  item: unknown,
): Promise<Fault | null> {
  if (item === null)
    return { code: "schema", reason: "null in place of a record; records are never thinned out" };
  if (!recordChecks.fits(item, receivedMs)) return recordChecks.faultOf(item, receivedMs);
  const record: LedgerRecord = item;
  const outcome = await postRecord(tx, { node, receivedMs }, record);
  if (outcome.kind === "refused") return { code: outcome.code, reason: outcome.reason };
  if (outcome.kind === "posted") done.posted.push(record.kind);
  else done.duplicates++;
  return null;
}

async function keepAdvances(tx: Tx, advances: Map<StreamTrack, Advance>): Promise<void> {
  const nowMs = Date.now();
  const moved = [...advances];
  await keepPositions(
    tx,
    moved.map(([{ key, thinned }, { upto }]) => ({ ...key, upto, thinned })),
    nowMs,
  );
  const gaps = moved.flatMap(([{ key }, advance]) =>
    advance.gaps.map(({ from, last }) => ({ ...key, fromSeq: from, uptoSeq: last })),
  );
  await keepGaps(tx, gaps, nowMs);
}
