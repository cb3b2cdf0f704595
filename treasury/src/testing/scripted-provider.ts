/** A provider that answers what a test has written down. */
import type { Lookup, Outcome } from "@jumpa-madu/contracts/payout/outcome";
import pino from "pino";
import type { SampleBank } from "../../../store/src/payouts/payout-fixture.ts";
import type { JobParts } from "../jobs/job-parts.ts";
import { createMetrics } from "../metrics.ts";
import type { Answered, Balance, NameCheck, PayoutProvider } from "../payout-provider.ts";
import { readNote } from "../xendit-v2/webhook.ts";

export interface Script {
  submit: () => Promise<Outcome> | Outcome;
  lookup: () => Promise<Lookup> | Lookup;
  inquire: () => NameCheck;
  balance: () => Balance;
  /** Called with the bytes of each submission. */
  onSubmit: (bytes: Uint8Array) => void;
}

/** What it was asked, in order. */
export interface Scripted {
  provider: PayoutProvider;
  calls: string[];
}

/** Makes it. What the script leaves out is answered with silence. */
export function scriptedProvider(script: Partial<Script>): Scripted {
  const calls: string[] = [];
  const answer = <T>(outcome: T): Answered<T> => ({
    outcome,
    raw: { status: 200, bytes: new TextEncoder().encode(JSON.stringify(outcome)), trouble: null },
  });
  return {
    calls,
    provider: {
      id: "xendit-v2",
      caps: { inquiry: "async" },
      async submit({ bytes }) {
        calls.push("submit");
        script.onSubmit?.(bytes);
        return answer((await script.submit?.()) ?? { kind: "unknown" as const });
      },
      async lookup() {
        calls.push("lookup");
        return answer<Lookup>((await script.lookup?.()) ?? { kind: "unknown" });
      },
      async inquire() {
        calls.push("inquire");
        return answer<NameCheck>(script.inquire?.() ?? { state: "unavailable" });
      },
      async balance() {
        calls.push("balance");
        return answer<Balance>(script.balance?.() ?? { kind: "unknown" });
      },
      showsToken: () => true,
      noteOf: readNote,
    },
  };
}

/** What work on jobs needs, at the time that `clock` shows. */
export function jobPartsOf(
  bank: SampleBank,
  { provider, clock }: { provider: PayoutProvider | null; clock: { nowMs: number } },
): JobParts {
  return {
    store: bank.store,
    vault: bank.desk.vault,
    providers: new Map(provider === null ? [] : [[provider.id, provider]]),
    desk: bank.desk,
    log: pino({ level: "silent" }),
    metrics: createMetrics(),
    nowMs: () => clock.nowMs,
  };
}
