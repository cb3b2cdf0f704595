/** What the live page knows, and how it keeps knowing it. */

import type { PostedDeposit } from "@jumpa-madu/contracts/http/deposits";
import type { Node } from "@jumpa-madu/contracts/http/field";
import type { Session } from "@jumpa-madu/contracts/http/people";
import type { Bin, Scale } from "@jumpa-madu/contracts/http/places";
import type { BinEventItem } from "@jumpa-madu/contracts/http/telemetry";
import { signal } from "@preact/signals";
import { ApiError, read, serverNowMs } from "../api-client.ts";
import { poll } from "../poll.ts";
import { leave } from "../session.ts";
import { eventsToShow, URGENT_EVENTS, type WeighedEvent } from "./event-weight.ts";

/** Most bins that are shown at once. */
const BINS_MAX = 500;

/** Deposits that are shown. */
const DEPOSITS_SHOWN = 8;

/** Events that are shown when no more are urgent, and events that are asked for to find them. */
const EVENTS_SHOWN = 5;
const EVENTS_ASKED = 100;

/** How old an event may be to be shown, in milliseconds: a day. */
const EVENT_AGE_MS = 86_400_000;

/** How far ahead a sensor's clock may be: beyond that, its events would stand on top until their time has come. */
const EVENT_AHEAD_MS = 300_000;

interface PageOf<T> {
  items: T[];
  next: string | null;
}

/** A picture of the field. A part that the role may not see is null. */
export interface Picture {
  bins: PageOf<Bin> | null;
  scales: Scale[] | null;
  nodes: Node[] | null;
  deposits: PostedDeposit[] | null;
  events: WeighedEvent[] | null;
}

export interface Zone {
  id: string;
  name: string;
}

/** Which parts each role may see; the api decides, this only spares questions that it would refuse. */
const PARTS: Record<
  Session["user"]["role"],
  { bins: boolean; scales: boolean; nodes: boolean; deposits: boolean }
> = {
  admin: { bins: true, scales: true, nodes: true, deposits: true },
  staff: { bins: true, scales: true, nodes: true, deposits: true },
  operator: { bins: true, scales: true, nodes: true, deposits: true },
  collector: { bins: true, scales: false, nodes: false, deposits: false },
  member: { bins: false, scales: false, nodes: false, deposits: true },
};

/** Keeps a live picture until it is closed. */
export function openLive({ token, user }: Session) {
  const parts = PARTS[user.role];
  const picture = signal<Picture | null>(null);
  const zones = signal<Zone[]>([]);
  const zone = signal("");
  const seenMs = signal<number | null>(null);
  const isLost = signal(false);
  const closing = new AbortController();
  let asking = new AbortController();

  const polling = poll(ask, closing.signal);
  const wake = () => polling.wake();
  addEventListener("online", wake, { signal: closing.signal });
  document.addEventListener("visibilitychange", wake, { signal: closing.signal });

  return {
    picture,
    zones,
    zone,
    seenMs,
    isLost,
    wake,
    chooseZone(id: string): void {
      zone.value = id;
      // What is under way is about the other zone.
      asking.abort();
      wake();
    },
    close(): void {
      closing.abort();
      asking.abort();
    },
  };

  async function ask(): Promise<boolean> {
    // A page that nobody looks at costs nothing.
    if (document.hidden && picture.value !== null) return true;
    asking = new AbortController();
    const { signal: stop } = asking;
    try {
      if (parts.bins && zones.value.length === 0) {
        zones.value = (await read<PageOf<Zone>>(token, "/v1/zones?limit=500", stop)).items;
      }
      const seen = await look(stop);
      if (stop.aborted) return true;
      picture.value = seen;
      seenMs.value = serverNowMs();
      isLost.value = false;
      return true;
    } catch (error) {
      if (closing.signal.aborted || stop.aborted) return true;
      if (error instanceof ApiError && error.code === "session_ended") leave({ ended: true });
      isLost.value = true;
      return false;
    }
  }

  async function look(stop: AbortSignal): Promise<Picture> {
    const where = zone.value === "" ? "" : `&zone=${encodeURIComponent(zone.value)}`;
    const itemsOf = async <T>(path: string) => (await read<PageOf<T>>(token, path, stop)).items;
    const [bins, scales, nodes, deposits, events] = await Promise.all([
      parts.bins ? read<PageOf<Bin>>(token, `/v1/bins?limit=${BINS_MAX}${where}`, stop) : null,
      parts.scales ? itemsOf<Scale>("/v1/scales?limit=100") : null,
      parts.nodes ? itemsOf<Node>("/v1/nodes?limit=500") : null,
      parts.deposits ? itemsOf<PostedDeposit>(`/v1/deposits?limit=${DEPOSITS_SHOWN}`) : null,
      parts.bins ? lookForEvents(where, stop) : null,
    ]);
    return { bins, scales, nodes, deposits, events };
  }

  async function lookForEvents(where: string, stop: AbortSignal): Promise<WeighedEvent[]> {
    const nowMs = serverNowMs();
    const span = `from=${Math.round(nowMs - EVENT_AGE_MS)}&to=${Math.round(nowMs + EVENT_AHEAD_MS)}`;
    const path = `/v1/bin-events?limit=${EVENTS_ASKED}&${span}${where}`;
    const newest = await read<PageOf<BinEventItem>>(token, path, stop);
    // Where much happens, a fire may be older than the newest hundred.
    const urgent =
      newest.next === null
        ? newest
        : await read<PageOf<BinEventItem>>(token, `${path}&event=${URGENT_EVENTS.join(",")}`, stop);
    return eventsToShow(newest.items, urgent.items, EVENTS_SHOWN);
  }
}

export type Live = ReturnType<typeof openLive>;
