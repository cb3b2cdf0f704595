/** Keeps the catalogue fresh: asks the API every so often, and keeps the last good answer on disk. */
import { setTimeout as pause } from "node:timers/promises";
import { Catalogue } from "@jumpa-madu/contracts/catalogue";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { Logger } from "pino";
import { spreadMs } from "../backoff.ts";
import type { LastGood } from "./last-good.ts";
import { type PriceList, priceListOf } from "./price-list.ts";

/** Bounds of the fetching. */
export interface CatalogueLimits {
  /** Pause between two requests, ±25 %, in milliseconds. */
  everyMs: number;
  /** Longest wait for a whole answer, in milliseconds. */
  timeoutMs: number;
  /** Largest answer, in bytes; a larger one is refused. */
  bytesMax: number;
}

/** Bounds for a waste bank of up to some ten thousand members. */
export const CATALOGUE_LIMITS: CatalogueLimits = {
  everyMs: 60_000,
  timeoutMs: 15_000,
  bytesMax: 8 * 1024 * 1024,
};

/** Name of the catalogue among the documents kept. */
const DOCUMENT = "catalogue";

const checker = checkerOf(Catalogue);

export interface CatalogueFeedParts {
  /** Base address of the API, without `/v1`. */
  apiUrl: string;
  node: string;
  secret: string;
  kept: LastGood;
  limits: CatalogueLimits;
  log: Logger;
}

export interface CatalogueFeed {
  /** The last good catalogue; null when there never was one. */
  priceList(): PriceList | null;
  /** Time since the API last confirmed it, in milliseconds; null when it has not since this process began. */
  ageMs(): number | null;
  stop(): Promise<void>;
}

/** What one request has brought. */
type Answer =
  | { kind: "unchanged" }
  | { kind: "new"; catalogue: Catalogue; etag: string | null }
  | { kind: "failed"; fault: string };

/** Starts with what is kept on disk and begins to ask. */
export function startCatalogueFeed(parts: CatalogueFeedParts): CatalogueFeed {
  const { kept, limits, log } = parts;
  const document = kept.read(DOCUMENT);
  const earlier = checker.check(document?.value);
  let priceList = earlier.ok ? priceListOf(earlier.value) : null;
  let etag = earlier.ok ? (document?.etag ?? null) : null;
  let confirmedMs: number | null = null;
  let lastFault: string | null = null;
  const abort = new AbortController();

  const take = (answer: Answer): void => {
    if (answer.kind === "failed") {
      if (answer.fault !== lastFault) log.warn({ fault: answer.fault }, "catalogue not fetched");
      lastFault = answer.fault;
      return;
    }
    lastFault = null;
    confirmedMs = performance.now();
    if (answer.kind === "unchanged") return;
    priceList = priceListOf(answer.catalogue);
    etag = answer.etag;
    const { materials, prices, members } = answer.catalogue;
    log.info(
      { materials: materials.length, prices: prices.length, members: members.length },
      "catalogue received",
    );
    keep(parts, answer);
  };

  const run = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      const answer = await ask(parts, etag, abort.signal);
      if (abort.signal.aborted) return;
      take(answer);
      await pause(spreadMs(limits.everyMs), undefined, { signal: abort.signal }).catch(() => undefined);
    }
  };
  const running = run();

  return {
    priceList: () => priceList,
    ageMs: () => (confirmedMs === null ? null : Math.round(performance.now() - confirmedMs)),
    async stop() {
      abort.abort();
      await running;
    },
  };
}

function keep({ kept, log }: CatalogueFeedParts, { catalogue, etag }: Answer & { kind: "new" }): void {
  try {
    kept.write(DOCUMENT, { value: catalogue, etag });
  } catch (error) {
    // It is in force all the same; after a restart it is fetched again.
    log.error({ err: error }, "catalogue could not be kept on disk");
  }
}

/** Asks once. Never throws. */
async function ask(parts: CatalogueFeedParts, etag: string | null, signal: AbortSignal): Promise<Answer> {
  const { apiUrl, node, secret, limits } = parts;
  try {
    const response = await fetch(`${apiUrl.replace(/\/+$/, "")}/v1/nodes/${node}/catalogue`, {
      headers: {
        accept: "application/json",
        authorization: `Basic ${Buffer.from(`${node}:${secret}`).toString("base64")}`,
        ...(etag === null ? {} : { "if-none-match": etag }),
      },
      // The secret must not follow a redirect to another host.
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(limits.timeoutMs)]),
    });
    if (response.status === 304 && etag !== null) return { kind: "unchanged" };
    if (response.status !== 200) {
      await response.body?.cancel();
      return { kind: "failed", fault: `status ${response.status}` };
    }
    const text = await boundedText(response, limits.bytesMax);
    if (text === null) return { kind: "failed", fault: `more than ${limits.bytesMax} bytes` };
    const checked = checker.check(JSON.parse(text));
    if (!checked.ok) return { kind: "failed", fault: checked.faults.join("; ") };
    return { kind: "new", catalogue: checked.value, etag: response.headers.get("etag") };
  } catch (error) {
    return { kind: "failed", fault: faultOf(error) };
  }
}

function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : "";
  return `${error.name}: ${error.message} ${cause}`.trim();
}

/** The body as text; null, and the rest left unread, when it is longer than `bytesMax`. */
async function boundedText(response: Response, bytesMax: number): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > bytesMax) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
