import fc from "fast-check";
import { expect, test } from "vitest";
import { freshPath } from "../fresh-folder.ts";
import { type Outbox, openOutbox } from "./outbox.ts";
import { check, emptied, level, TEST_LIMITS } from "./outbox-fixture.ts";

/**
 * The simplest outbox that could be right: a list that never forgets what it was given, how far each stream is
 * acknowledged, and which answers were given. Thinning may turn telemetry into null; nothing else may change.
 */
class Model {
  readonly readings: unknown[] = [];
  readonly records: unknown[] = [];
  readonly answers = new Map<string, number>();
  acked = { readings: 0, records: 0 };
}

const LIMITS = { ...TEST_LIMITS, readingsRowsMax: 60, commitRowsMax: 1_000, thinRowsMax: 11 };

class Real {
  outbox: Outbox;
  private readonly path: string;
  constructor(path: string) {
    this.path = path;
    this.outbox = openOutbox(path, LIMITS);
  }
  reopen(): void {
    this.outbox.close();
    this.outbox = openOutbox(this.path, LIMITS);
  }
}

class Append implements fc.Command<Model, Real> {
  private readonly count: number;
  private readonly event: boolean;
  constructor(count: number, event: boolean) {
    this.count = count;
    this.event = event;
  }
  check = (): boolean => true;
  run(model: Model, { outbox }: Real): void {
    const refusedBefore = outbox.losses().refused;
    const group = Array.from({ length: this.count }, (_, index) => {
      const number = model.readings.length + 1 + index;
      return this.event ? emptied(number, "bin-e") : level(number, `bin-${number % 2}`);
    });
    for (const reading of group) outbox.appendReading(reading);
    outbox.flush();
    // Telemetry is refused as a group, when nothing is left to thin; events never are.
    const refused = outbox.losses().refused - refusedBefore;
    expect(refused).toBeOneOf(this.event ? [0] : [0, this.count]);
    if (refused === 0) model.readings.push(...group);
    compare(model, outbox);
  }
  toString = (): string => `append ${this.count} ${this.event ? "events" : "levels"}`;
}

class RecordOnce implements fc.Command<Model, Real> {
  private readonly key: string;
  private readonly referenceG: number;
  constructor(key: string, referenceG: number) {
    this.key = key;
    this.referenceG = referenceG;
  }
  check = (): boolean => true;
  run(model: Model, { outbox }: Real): void {
    const outcome = outbox.recordOnce(check(this.key, this.referenceG));
    const known = model.answers.get(this.key);
    if (known === undefined) {
      model.records.push(this.referenceG);
      model.answers.set(this.key, this.referenceG);
      expect(outcome).toEqual({ kind: "recorded", answer: { receipt: model.records.length } });
    } else expect(outcome.kind).toBe(known === this.referenceG ? "repeated" : "conflict");
    compare(model, outbox);
  }
  toString = (): string => `record ${this.key} ${this.referenceG}`;
}

class Acknowledge implements fc.Command<Model, Real> {
  private readonly stream: "readings" | "records";
  private readonly upto: number;
  constructor(stream: "readings" | "records", upto: number) {
    this.stream = stream;
    this.upto = upto;
  }
  check = (): boolean => true;
  run(model: Model, { outbox }: Real): void {
    outbox.acknowledge(this.stream, this.upto);
    const last = Math.min(this.upto, model[this.stream].length);
    model.acked[this.stream] = Math.max(model.acked[this.stream], last);
    compare(model, outbox);
  }
  toString = (): string => `acknowledge ${this.stream} ${this.upto}`;
}

class Restart implements fc.Command<Model, Real> {
  check = (): boolean => true;
  run(model: Model, real: Real): void {
    const { epoch } = real.outbox;
    real.reopen();
    expect(real.outbox.epoch).toBe(epoch);
    compare(model, real.outbox);
  }
  toString = (): string => "restart";
}

/** Reads both streams through batches of awkward sizes and compares them with the model. */
function compare(model: Model, outbox: Outbox): void {
  for (const stream of ["readings", "records"] as const) {
    expect(outbox.floor(stream)).toBe(model.acked[stream] + 1);
    let next = outbox.floor(stream);
    let rows = 0;
    for (;;) {
      const batch = outbox.batch(stream, next, { itemsMax: 13, bytesMax: 700 });
      if (batch === null) break;
      expect(batch.first).toBe(next);
      for (const text of batch.items) {
        const item: unknown = JSON.parse(text);
        const expected = model[stream][next - 1];
        if (stream === "records") expect(item).toMatchObject({ reference_g: expected });
        else if (item !== null) expect(item).toEqual(expected);
        else expect(expected).toMatchObject({ kind: "bin_level" });
        if (item !== null) rows += 1;
        next += 1;
      }
    }
    expect(next).toBe(model[stream].length + 1);
    expect(outbox.backlog()[stream]).toBe(rows);
  }
}

test("after any sequence of appends, records, acknowledgements and restarts the outbox is the model", () => {
  const command = fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 30 }), fc.boolean())
        .map(([n, e]) => new Append(n, e && n < 5)),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom(1, 2))
        .map(([k, g]) => new RecordOnce(k, g)),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom("readings" as const, "records" as const), fc.nat(150))
        .map(([s, n]) => new Acknowledge(s, n)),
    },
    { weight: 1, arbitrary: fc.constant(new Restart()) },
  );
  const folder = freshPath();
  let run = 0;
  fc.assert(
    fc.property(fc.commands([command], { maxCommands: 15 }), (commands) => {
      const real = new Real(`${folder}.${run++}`);
      try {
        fc.modelRun(() => ({ model: new Model(), real }), commands);
      } finally {
        real.outbox.close();
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);
