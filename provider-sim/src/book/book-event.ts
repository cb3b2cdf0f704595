/** What happened in the books, as it is kept: replaying all of it gives the books again. */
import type { FailureCode, Fate } from "../destinations.ts";
import type { ProviderName } from "../provider-name.ts";
import type { PayoutRequest, Status } from "./payout.ts";

/** The owner has put money into the float. */
export interface ToppedUp {
  kind: "topped-up";
  provider: ProviderName;
  amountIdr: number;
  atMs: number;
}

/** A payout was accepted. */
export interface Created {
  kind: "created";
  provider: ProviderName;
  id: string;
  request: PayoutRequest;
  fate: Fate;
  feeIdr: number;
  atMs: number;
  visibleFromMs: number;
}

/** A payout has reached another status. */
export interface Moved {
  kind: "moved";
  provider: ProviderName;
  id: string;
  status: Status;
  failureCode: FailureCode | null;
  atMs: number;
}

export type BookEvent = ToppedUp | Created | Moved;
