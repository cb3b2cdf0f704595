/** Aedes's authenticate hook: lets the right credentials in, with a will that they may publish. */
import type { AedesOptions, Client } from "aedes";
import type { Attempt, Authentication } from "./authentication.ts";
import { type Identity, publishRefusal } from "./authorisation.ts";
import { addressOf } from "./gated-connection.ts";
import { type BrokerLimits, PUBLISH_DELAY_MS_MAX } from "./limits.ts";
import type { BrokerMetrics } from "./metrics.ts";
import type { PendingWills } from "./pre-connect.ts";
import type { NoteRefusal } from "./refusals.ts";
import type { Sessions } from "./sessions.ts";
import { TokenBucket } from "./token-bucket.ts";

type Hook = NonNullable<AedesOptions["authenticate"]>;

export interface AuthenticateParts {
  authenticate(attempt: Attempt): Promise<Authentication>;
  wills: PendingWills;
  sessions: Sessions;
  limits: BrokerLimits;
  metrics: BrokerMetrics;
  noteRefusal: NoteRefusal;
}

/** Code of a CONNACK (MQTT 3.1.1 §3.2.2.3). */
type ReturnCode = 0 | 3 | 4 | 5;

/** Builds the hook; it begins the session of whoever is let in. */
export function createAuthenticateHook(parts: AuthenticateParts): Hook {
  const answer = async (...[client, username, password, callback]: Parameters<Hook>) => {
    const returnCode = await decide(parts, client, { username, password });
    if (returnCode === 0) callback(null, true);
    else callback(Object.assign(new Error("refused"), { returnCode }), false);
  };
  return (...asked) => void answer(...asked);
}

async function decide(
  parts: AuthenticateParts,
  client: Client,
  given: Pick<Attempt, "username" | "password">,
): Promise<ReturnCode> {
  const address = addressOf(client.conn);
  const answer = await parts.authenticate({ clientId: client.id, ...given, address });
  if (!answer.ok) {
    const { reason, cause } = answer;
    parts.metrics.authenticationFailures.inc({ reason });
    parts.noteRefusal(reason, { address, clientId: client.id, ...(cause !== undefined && { err: cause }) });
    return answer.returnCode;
  }
  const will = parts.wills.get(client);
  const why = will === undefined ? null : publishRefusal(answer.identity, will);
  if (why !== null) {
    parts.metrics.authenticationFailures.inc({ reason: "will" });
    parts.noteRefusal("will", { address, clientId: client.id, why });
    return 5;
  }
  const bucket = bucketFor(answer.identity, parts.limits);
  const { identity, secret } = answer;
  parts.sessions.begin(client, { identity, secret, filters: new Set(), refusedFilters: 0, bucket });
  return 0;
}

function bucketFor(identity: Identity, limits: BrokerLimits): TokenBucket | null {
  if (identity.kind === "service") return null;
  const { publishRatePerS: ratePerS, publishBurst: burst } = limits;
  return new TokenBucket({ ratePerS, burst, delayMsMax: PUBLISH_DELAY_MS_MAX }, performance.now());
}
