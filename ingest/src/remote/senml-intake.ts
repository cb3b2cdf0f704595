/**
 * SenML intake: takes the packs that nodes publish, one after the other, each until it is stored.
 *
 * A simple device has no outbox: what is not held here is lost. So a pack waits as long as the stores are away, and the
 * broker's PUBACK with it, until there is no more room.
 */

import { pause, Wake } from "@jumpa-madu/contracts/wake";
import { uniqueTime } from "@jumpa-madu/sensing/unique-time";
import type { NodePlaces } from "@jumpa-madu/store/node-places";
import type { QuarantineCode } from "@jumpa-madu/store/quarantine";
import type { Logger } from "pino";
import { backoffMs } from "../backoff.ts";
import { parseJson, quarantineItem, textOf } from "../intake/envelope-intake.ts";
import type { PlacesCache } from "../intake/places-cache.ts";
import type { Metrics } from "../metrics.ts";
import type { Delivery } from "../mqtt/deferred-puback.ts";
import type { RemoteJudgement } from "./remote-judgement.ts";
import { resolvePack, type SenmlObservation } from "./senml-pack.ts";
import type { RemoteUplink } from "./uplink.ts";

/** Bytes of one pack. Beyond: quarantine. */
export const SENML_BYTES_MAX = 32 * 1024;

/** Packs that wait, as packs and as bytes. Beyond, a pack is not taken and not acknowledged: a broker that keeps it sends it again. */
export const PACKS_WAITING_MAX = 2_000;
export const PACKS_WAITING_BYTES_MAX = 8 * 1024 * 1024;

export interface SenmlOptions {
  judgement: RemoteJudgement;
  places: PlacesCache;
  metrics: Metrics;
  log: Logger;
  signal: AbortSignal;
}

interface WaitingPack {
  delivery: Delivery;
  node: string;
  receivedMs: number;
}

export class SenmlIntake {
  readonly #options: SenmlOptions;
  readonly #wake = new Wake();
  readonly #waiting: WaitingPack[] = [];
  /** Times counted from now name what was measured, so no two packs have the same now. */
  readonly #now = uniqueTime();
  #bytes = 0;
  #isWorking = false;

  constructor(options: SenmlOptions) {
    this.#options = options;
  }

  /** True when nothing waits or is under way. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && !this.#isWorking;
  }

  /** Takes a message of a node's `senml` channel. */
  offer(delivery: Delivery, node: string, receivedMs: number): void {
    const bytes = Math.min(delivery.payload.length, SENML_BYTES_MAX);
    if (this.#waiting.length >= PACKS_WAITING_MAX || this.#bytes + bytes > PACKS_WAITING_BYTES_MAX) {
      this.#options.metrics.packsOver.inc();
      return;
    }
    this.#bytes += bytes;
    this.#waiting.push({ delivery, node, receivedMs: this.#now.at(receivedMs) ?? receivedMs });
    this.#wake.ring();
  }

  /** Works until `signal` aborts. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      const pack = this.#waiting.shift();
      if (pack === undefined) {
        await this.#wake.wait(Number.POSITIVE_INFINITY, signal);
        continue;
      }
      this.#bytes -= Math.min(pack.delivery.payload.length, SENML_BYTES_MAX);
      this.#isWorking = true;
      if (await this.#untilDone(pack)) pack.delivery.puback();
      this.#isWorking = false;
    }
  }

  /** False when the signal aborted before all of the pack was durable. */
  async #untilDone(pack: WaitingPack): Promise<boolean> {
    const { payload } = pack.delivery;
    if (payload.length > SENML_BYTES_MAX) {
      const reason = `${payload.length} bytes; a pack has at most ${SENML_BYTES_MAX}: send smaller ones`;
      return await this.#quarantine(pack, { code: "oversize", reason });
    }
    const value = parseJson(payload);
    if (value === undefined) return await this.#quarantine(pack, { code: "malformed", reason: "not JSON" });
    const places = await this.#placesOf(pack.node);
    if (places === undefined) return false;
    if (places === null) {
      const reason = `node ${pack.node} is not registered; register it with POST /v1/nodes`;
      return await this.#quarantine(pack, { code: "unknown_node", reason });
    }
    const { observations, fault } = resolvePack(value, pack.receivedMs);
    if (fault !== null) await this.#quarantine(pack, fault);
    for (const observation of observations) {
      if (!(await this.#stored(uplinkOf(pack, places, observation)))) return false;
    }
    return true;
  }

  async #stored(uplink: RemoteUplink): Promise<boolean> {
    const { judgement, signal, log } = this.#options;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const outcome = await judgement.take(uplink);
      if (outcome.kind !== "unavailable") return true;
      log.debug({ node: uplink.sensor.node, reason: outcome.reason, attempt }, "a SenML pack waits");
      await pause(backoffMs(attempt), signal);
    }
    return false;
  }

  /** Undefined when the signal aborted before the database answered. */
  async #placesOf(node: string): Promise<NodePlaces | null | undefined> {
    const { places, signal, log } = this.#options;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await places.get(node);
      } catch (error) {
        log.error({ err: error, attempt }, "the database does not answer; SenML packs wait");
        await pause(backoffMs(attempt), signal);
      }
    }
    return undefined;
  }

  async #quarantine(
    { delivery, node, receivedMs }: WaitingPack,
    fault: { code: QuarantineCode; reason: string },
  ): Promise<boolean> {
    const { judgement, metrics } = this.#options;
    metrics.uplinks.inc({ source: "senml", outcome: "quarantined" });
    const place = { node, topic: delivery.topic, stream: null, epoch: null, receivedMs };
    await judgement.quarantine(
      quarantineItem(place, { seq: null, ...fault, body: textOf(delivery.payload) }),
    );
    return true;
  }
}

function uplinkOf(
  { delivery, node, receivedMs }: WaitingPack,
  { site }: NodePlaces,
  { name, atMs, observation }: SenmlObservation,
): RemoteUplink {
  return {
    sensor: { source: "senml", node, key: name },
    site,
    from: delivery.topic,
    atMs,
    receivedMs,
    // The same of the same time is a repeat; what else is said of that time, in another pack, is not.
    mark: `at ${atMs} ${JSON.stringify(observation)}`,
    seq: 0,
    body: JSON.stringify({ name, atMs, ...observation }),
    read: () => ({ ok: true, observation }),
  };
}
