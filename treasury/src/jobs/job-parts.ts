/** What work on a job needs. */
import type { PayoutDesk } from "@jumpa-madu/store/attempts";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import type { Vault } from "@jumpa-madu/store/vault";
import type { Logger } from "pino";
import type { Metrics } from "../metrics.ts";
import type { Providers } from "../providers.ts";

export interface JobParts {
  store: RelationalStore;
  vault: Vault;
  providers: Providers;
  /** With the provider that further attempts go to. */
  desk: PayoutDesk;
  log: Logger;
  metrics: Metrics;
  nowMs: () => number;
}

/** When a job is tried again whose provider is off in this process, in milliseconds. */
export const PROVIDER_OFF_RETRY_MS = 600_000;
