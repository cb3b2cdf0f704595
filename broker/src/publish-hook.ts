/** Aedes's authorizePublish hook: asks the rules, then the rate. It runs before the PUBACK, so a delay holds that too. */
import type { AedesOptions, Client } from "aedes";
import { isOwnStatus, publishRefusal } from "./authorisation.ts";
import type { BrokerMetrics } from "./metrics.ts";
import type { NoteRefusal, RefusalReason } from "./refusals.ts";
import type { Session, Sessions } from "./sessions.ts";

type Hook = NonNullable<AedesOptions["authorizePublish"]>;
type Packet = Parameters<Hook>[1];

export interface PublishParts {
  sessions: Sessions;
  metrics: BrokerMetrics;
  noteRefusal: NoteRefusal;
}

/** Builds the hook. A refusal disconnects, since MQTT 3.1.1 has no other way to say no. */
export function createPublishHook({ sessions, metrics, noteRefusal }: PublishParts): Hook {
  return (client, packet, callback) => {
    const { topic, qos, retain } = packet;
    const verdict = client === null ? judgeLeftWill(packet) : judge(client, sessions.of(client), packet);
    if (typeof verdict === "string") {
      noteRefusal(verdict, { clientId: client?.id, topic: topic.slice(0, 200), qos, retain });
      callback(new Error(verdict));
      return;
    }
    metrics.messages.inc({ channel: topic.slice(topic.lastIndexOf("/") + 1) });
    if (verdict.delayMs === 0) callback(null);
    else setTimeout(callback, verdict.delayMs, null).unref();
  };
}

type Verdict = RefusalReason | { delayMs: number };

function judge(client: Client, session: Session | undefined, packet: Packet): Verdict {
  if (session === undefined) return "publish_foreign";
  const { topic, qos, retain, payload, messageId } = packet;
  // [MQTT-2.3.1-1]
  if (qos > 0 && messageId === 0) return "message_id_zero";
  const payloadBytes = Buffer.byteLength(payload);
  const refusal = publishRefusal(session.identity, { topic, qos, retain, payloadBytes });
  if (refusal !== null) return refusal;
  // What a closed client publishes is its will, which the rate must not hold back.
  if (session.bucket === null || client.closed) return { delayMs: 0 };
  const delayMs = session.bucket.take(performance.now());
  return delayMs === null ? "publish_rate" : { delayMs };
}

/** Aedes names no client for a will that another broker left behind; that takes a shared persistence. */
function judgeLeftWill(packet: Packet): Verdict {
  const clientId = "clientId" in packet ? packet.clientId : undefined;
  return isOwnStatus(packet.topic, clientId) ? { delayMs: 0 } : "publish_foreign";
}
