import { describe, expect, test } from "vitest";
import { TestScale } from "./terminal-fixture.ts";
import { USED_MAX, weighingsOf, weightsUsedBy } from "./weighings.ts";

const usedOf = (shownG: number | null) => (shownG === null ? null : { shownG, grossG: shownG });

function held(
  limits = { weighingHeldMs: 1000, weighingsMax: 3 },
  lastUsedG: number | null = null,
  divisionG: number | null = null,
) {
  let nowMs = 0;
  const scale = new TestScale();
  scale.divisionG = divisionG;
  const weighings = weighingsOf(
    limits,
    () => usedOf(lastUsedG),
    () => nowMs,
  );
  const capture = (weightG: number): string => {
    scale.put(weightG);
    const captured = weighings.capture(scale);
    if (!captured.ok) throw new Error(captured.fault.code);
    return captured.weighing.id;
  };
  return { weighings, scale, capture, pass: (ms: number) => (nowMs += ms) };
}

describe("weighings", () => {
  test("wait weighingHeldMs and no longer", () => {
    const { weighings, capture, pass } = held();
    const id = capture(100);
    pass(999);
    expect(weighings.claim(id).ok).toBe(true);
    pass(1);
    expect(weighings.claim(id)).toMatchObject({ ok: false, fault: { code: "weighing_gone" } });
    expect(weighings.count()).toBe(0);
  });

  test("beyond weighingsMax the oldest makes way", () => {
    const { weighings, capture } = held();
    const ids = [100, 200, 300, 400].map(capture);
    expect(weighings.count()).toBe(3);
    expect(ids.map((id) => weighings.claim(id).ok)).toEqual([false, true, true, true]);
  });

  test("a claim that is not used leaves the weighing for another try", () => {
    const { weighings, capture } = held();
    const id = capture(100);
    expect(weighings.claim(id).ok).toBe(true);
    const claimed = weighings.claim(id);
    if (claimed.ok) claimed.claim.use();
    expect(weighings.claim(id)).toMatchObject({ ok: false, fault: { code: "weighing_gone" } });
  });

  test(`a bag that was captured twice is not paid twice, however many others were in between: ${USED_MAX} are remembered`, () => {
    const { weighings, scale, capture } = held({ weighingHeldMs: 1_000_000, weighingsMax: 10 });
    const useNow = () => {
      const claimed = weighings.claimNow(scale);
      if (!claimed.ok) throw new Error(claimed.fault.code);
      claimed.claim.use();
    };
    const twice = capture(100);
    useNow();
    for (let bag = 1; bag <= USED_MAX + 1; bag++) {
      scale.put(100 + bag);
      useNow();
    }
    expect(weighings.claim(twice)).toMatchObject({ ok: false, fault: { code: "weighing_used" } });
    scale.put(1);
    useNow();
  });

  test("the first settling after a start is used when it shows what was used last, whenever it was captured", () => {
    const { weighings, scale, capture } = held(undefined, 1000);
    const id = capture(1000.4);
    const used = {
      ok: false,
      fault: { code: "weighing_used", detail: expect.stringContaining("take the load off") },
    };
    expect(weighings.claim(id)).toMatchObject(used);
    expect(weighings.claimNow(scale)).toMatchObject(used);
    scale.put(1000);
    expect(weighings.claimNow(scale).ok).toBe(true);
    expect(weighings.claim(id)).toMatchObject(used);
  });

  test("the first settling after a start is a new one when it shows something else, or nothing was used before", () => {
    for (const before of [979, null]) {
      const { weighings, scale, capture } = held(undefined, before);
      capture(1000);
      expect(weighings.claimNow(scale).ok).toBe(true);
    }
  });

  test("the first settling after a start is used also when it has drifted, or is shown with or without its tare", () => {
    const used = { shownG: 2000, grossG: 7000 };
    const claimAfterStart = (weightG: number, more: Parameters<TestScale["put"]>[1], divisionG = 10) => {
      const scale = new TestScale();
      scale.divisionG = divisionG;
      scale.put(weightG, more);
      return weighingsOf({ weighingHeldMs: 1000, weighingsMax: 3 }, () => used).claimNow(scale).ok;
    };
    expect(claimAfterStart(2010, { mode: "net" })).toBe(false);
    expect(claimAfterStart(6990, { mode: "gross" })).toBe(false);
    expect(claimAfterStart(6990, { mode: "net", tareG: 10 })).toBe(false);
    expect(claimAfterStart(9000, { mode: "gross", firstG: 2000 })).toBe(false);
    expect(claimAfterStart(2010, { mode: "net" }, 1)).toBe(true);
    expect(claimAfterStart(2100, { mode: "net" })).toBe(true);
    expect(claimAfterStart(3000, { mode: "net", tareG: 5000 })).toBe(true);
  });

  test("a first weighing is not taken for used because a later one of the same weight was used before it", () => {
    const scale = new TestScale();
    let lastUsedG: number | null = null;
    const weighings = weighingsOf({ weighingHeldMs: 1000, weighingsMax: 3 }, () => usedOf(lastUsedG));
    scale.put(1000);
    const first = weighings.capture(scale);
    if (!first.ok) throw new Error(first.fault.code);
    scale.put(1000);
    const second = weighings.claimNow(scale);
    if (second.ok) second.claim.use();
    lastUsedG = 1000;
    expect(weighings.claim(first.weighing.id).ok).toBe(true);
  });

  test("a load that was captured before and after its scale started anew is paid once", () => {
    let lastUsedG: number | null = null;
    const weighings = weighingsOf({ weighingHeldMs: 1000, weighingsMax: 3 }, () => usedOf(lastUsedG));
    const [before, after] = [new TestScale(), new TestScale()].map((scale) => {
      scale.put(1000);
      const captured = weighings.capture(scale);
      if (!captured.ok) throw new Error(captured.fault.code);
      return captured.weighing.id;
    });
    const claimed = weighings.claim(before ?? "");
    if (!claimed.ok) throw new Error(claimed.fault.code);
    claimed.claim.use();
    lastUsedG = 1000;
    expect(weighings.claim(after ?? "")).toMatchObject({ ok: false, fault: { code: "weighing_used" } });
  });

  test("what is kept as used is what lies on the scale: the latest capture, in whatever order deposits are made", () => {
    const { weighings, capture } = held();
    const [early, late] = [capture(100), capture(200)].map((id) => () => {
      const claimed = weighings.claim(id);
      if (!claimed.ok) throw new Error(claimed.fault.code);
      return claimed.claim;
    });
    if (early === undefined || late === undefined) throw new Error("unreachable");
    expect(weightsUsedBy([late(), early()]).at(-1)).toEqual({ scale: "scale-1", shownG: 200, grossG: 200 });
    const claim = late();
    expect(weightsUsedBy([claim])).toEqual([{ scale: "scale-1", shownG: 200, grossG: 200 }]);
    claim.use();
    expect(weightsUsedBy([early()])).toEqual([]);
  });

  test("a scale of another configuration counts from 1 again and is not mistaken for the earlier one", () => {
    const { weighings } = held();
    for (const scale of [new TestScale(), new TestScale()]) {
      scale.put(100);
      const claimed = weighings.claimNow(scale);
      expect(claimed.ok).toBe(true);
      if (claimed.ok) claimed.claim.use();
    }
  });
});
