/** Makes the adapters of the providers whose secrets are configured. */
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import type { Config } from "./config.ts";
import { flipV3 } from "./flip-v3/flip-v3.ts";
import type { Metrics } from "./metrics.ts";
import type { PayoutProvider } from "./payout-provider.ts";
import { type LineOptions, ProviderLine } from "./provider-line.ts";
import { xenditV2 } from "./xendit-v2/xendit-v2.ts";

/** Adapters by id; a provider without secrets has none. */
export type Providers = ReadonlyMap<PayoutProviderId, PayoutProvider>;

/** Makes them. */
export function providersOf(
  config: Config,
  { metrics, signal, timing = {} }: { metrics: Metrics; signal: AbortSignal; timing?: LineTiming },
): Providers {
  const providers = new Map<PayoutProviderId, PayoutProvider>();
  const lineTo = (
    provider: PayoutProviderId,
    rest: Pick<LineOptions, "baseUrl" | "secretKey" | "requestsPerMinute">,
  ) =>
    new ProviderLine({
      ...rest,
      ...timing,
      signal,
      onCall({ method, status, trouble, seconds }) {
        metrics.calls.inc({ provider, method, result: trouble ?? String(status) });
        metrics.callS.observe({ provider }, seconds);
      },
    });
  const { XENDIT_SECRET_KEY, XENDIT_CALLBACK_TOKEN, FLIP_SECRET_KEY, FLIP_CALLBACK_TOKEN } = config;
  if (XENDIT_SECRET_KEY !== undefined && XENDIT_CALLBACK_TOKEN !== undefined) {
    const line = lineTo("xendit-v2", {
      baseUrl: config.XENDIT_URL,
      secretKey: XENDIT_SECRET_KEY,
      requestsPerMinute: config.XENDIT_REQUESTS_PER_MINUTE,
    });
    providers.set("xendit-v2", xenditV2({ line, callbackToken: XENDIT_CALLBACK_TOKEN }));
  }
  if (FLIP_SECRET_KEY !== undefined && FLIP_CALLBACK_TOKEN !== undefined) {
    const line = lineTo("flip-v3", {
      baseUrl: config.FLIP_URL,
      secretKey: FLIP_SECRET_KEY,
      requestsPerMinute: config.FLIP_REQUESTS_PER_MINUTE,
    });
    providers.set("flip-v3", flipV3({ line, callbackToken: FLIP_CALLBACK_TOKEN }));
  }
  return providers;
}

/** Times of a line, for tests. */
type LineTiming = Partial<Pick<LineOptions, "timeoutMs" | "notSentRetryMs">>;
