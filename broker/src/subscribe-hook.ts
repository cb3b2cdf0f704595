/** Aedes's authorizeSubscribe hook. */
import type { AedesOptions } from "aedes";
import { subscribeRefusal } from "./authorisation.ts";
import { SUBSCRIPTION_REFUSALS_MAX, SUBSCRIPTIONS_MAX } from "./limits.ts";
import type { NoteRefusal, RefusalReason } from "./refusals.ts";
import type { Session, Sessions } from "./sessions.ts";

/** Builds the hook. A refusal answers 0x80 and keeps the connection; one refusal too many closes it. */
export function createSubscribeHook(parts: {
  sessions: Sessions;
  noteRefusal: NoteRefusal;
}): NonNullable<AedesOptions["authorizeSubscribe"]> {
  return (client, subscription, callback) => {
    const session = parts.sessions.of(client);
    if (session === undefined) return callback(new Error("no session"));
    const { topic } = subscription;
    const refusal = judge(session, topic);
    if (refusal === null) {
      session.filters.add(topic);
      return callback(null, subscription);
    }
    parts.noteRefusal(refusal, { clientId: client.id, filter: topic.slice(0, 200) });
    session.refusedFilters++;
    // Aedes answers null as 0x80.
    if (session.refusedFilters > SUBSCRIPTION_REFUSALS_MAX) callback(new Error(refusal));
    else callback(null, null);
  };
}

function judge(session: Session, filter: string): RefusalReason | null {
  const refusal = subscribeRefusal(session.identity, filter);
  if (refusal !== null) return refusal;
  return session.filters.size >= SUBSCRIPTIONS_MAX && !session.filters.has(filter) ? "subscriptions" : null;
}
