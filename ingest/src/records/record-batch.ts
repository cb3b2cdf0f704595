/**
 * Posts the records of some envelopes within one transaction: books, quarantine, gaps and positions together.
 *
 * Records go strictly in order within one outbox, so a void never overtakes its deposit.
 */
import type { LedgerRecord, RecordKind } from "@jumpa-madu/contracts/records";
import { postRecord } from "@jumpa-madu/store/post-record";
import { type QuarantineItem, QuarantineRoom } from "@jumpa-madu/store/quarantine";
import type { RelationalStore, Tx } from "@jumpa-madu/store/relational-store";
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
  store: Pick<RelationalStore, "engine">,
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
  const room = new QuarantineRoom(tx);
  for (const { envelope, track } of parts) {
    const advance = done.advances.get(track) ?? { upto: track.upto, gaps: [] };
    const from = turnOf(envelope, advance);
    if (from === null) done.outOfOrder++;
    else await postFrom({ store, tx, done, poison, room }, { envelope, advance, from });
    if (advance.upto > track.upto) done.advances.set(track, advance);
  }
  await keepAdvances(tx, done.advances);
  return done;
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
  store: Pick<RelationalStore, "engine">;
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
  { store, tx, done }: Posting,
  { node, receivedMs }: ReceivedEnvelope,
  item: unknown,
): Promise<Fault | null> {
  if (item === null)
    return { code: "schema", reason: "null in place of a record; records are never thinned out" };
  if (!recordChecks.fits(item, receivedMs)) return recordChecks.faultOf(item, receivedMs);
  const record: LedgerRecord = item;
  const outcome = await postRecord(tx, { engine: store.engine, node, receivedMs }, record);
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
