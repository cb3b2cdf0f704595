import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import pino from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { freshFolder } from "../fresh-folder.ts";
import { CATALOGUE, MEMBER, NOW_MS, PRICE, PRICE_OLD } from "../terminal/terminal-fixture.ts";
import { until } from "../uplink/broker-fixture.ts";
import { CATALOGUE_LIMITS, type CatalogueFeed, startCatalogueFeed } from "./catalogue-feed.ts";
import { openLastGood } from "./last-good.ts";
import { priceListOf } from "./price-list.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const LIMITS = { everyMs: 10, timeoutMs: 200, bytesMax: 10_000 };
/** A catalogue with nothing wrong but its size. */
const LARGE = { ...CATALOGUE, members: Array.from({ length: 200 }, () => CATALOGUE.members[0]) };

const log = pino({ level: "silent" });

/** An API whose answers the test gives, and a feed that asks it. */
async function feedFrom(handler: Handler, file = join(freshFolder(), "kept.sqlite")) {
  const seen: IncomingMessage[] = [];
  const api = createServer((request, response) => {
    seen.push(request);
    handler(request, response);
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const address = api.address();
  const port = typeof address === "object" ? address?.port : 0;
  const kept = openLastGood(file, log);
  const feed: CatalogueFeed = startCatalogueFeed({
    apiUrl: `http://127.0.0.1:${port}/`,
    node: "node-1",
    secret: "sesame",
    kept,
    limits: { ...CATALOGUE_LIMITS, ...LIMITS },
    log,
  });
  const stop = async (): Promise<void> => {
    await feed.stop();
    kept.close();
  };
  onTestFinished(() => {
    api.closeAllConnections();
    api.close();
  });
  return { feed, seen, stop, file };
}

const good: Handler = (request, response) => {
  if (request.headers["if-none-match"] === '"v1"') response.writeHead(304).end();
  else response.writeHead(200, { etag: '"v1"' }).end(JSON.stringify(CATALOGUE));
};

/** Points to another address, where a good catalogue lies. */
const redirected: Handler = (request, response) => {
  if (request.url === "/elsewhere") good(request, response);
  else response.writeHead(302, { location: "/elsewhere" }).end();
};

describe("the feed", () => {
  test("fetches with the node's credentials, then asks only whether it has changed", async () => {
    const { feed, seen, stop } = await feedFrom(good);
    await until(() => seen.length >= 3, "three requests");
    expect(seen[0]?.url).toBe("/v1/nodes/node-1/catalogue");
    expect(seen[0]?.headers.authorization).toBe(`Basic ${btoa("node-1:sesame")}`);
    expect(seen[0]?.headers["if-none-match"]).toBeUndefined();
    expect(seen[2]?.headers["if-none-match"]).toBe('"v1"');
    expect(feed.priceList()?.wasteBank).toBe("melati");
    expect(feed.ageMs()).toBeLessThan(5000);
    await stop();
  });

  test("keeps the last good one over a restart without network", async () => {
    const first = await feedFrom(good);
    await until(() => first.feed.priceList() !== null, "fetched");
    await first.stop();
    const second = await feedFrom((_request, response) => response.destroy(), first.file);
    expect(second.feed.priceList()?.wasteBank).toBe("melati");
    expect(second.feed.ageMs()).toBeNull();
    expect(second.seen[0]?.headers["if-none-match"] ?? '"v1"').toBe('"v1"');
    await second.stop();
  });

  test.each<[string, Handler]>([
    ["a status of 500", (_request, response) => response.writeHead(500).end(JSON.stringify(CATALOGUE))],
    ["a status of 304 that nobody asked for", (_request, response) => response.writeHead(304).end()],
    ["something else than JSON", (_request, response) => response.end("<html>")],
    ["another shape", (_request, response) => response.end('{"waste_bank":"melati"}')],
    ["a redirect", redirected],
    ["a body larger than bytesMax", (_request, response) => response.end(JSON.stringify(LARGE))],
    [
      "a body without end",
      (_request, response) => void setInterval(() => response.write(" ".repeat(1000)), 1).unref(),
    ],
    ["no answer within timeoutMs", () => undefined],
  ])("is not taken in by %s, and asks again", async (_name, handler) => {
    const { feed, seen, stop } = await feedFrom(handler);
    await until(() => seen.length >= 2, "second request");
    expect(feed.priceList()).toBeNull();
    expect(feed.ageMs()).toBeNull();
    await stop();
  });
});

describe("the price list", () => {
  const prices = priceListOf(CATALOGUE);

  test("gives the latest price that holds, never a later one", () => {
    expect(prices.priceAt("cardboard", NOW_MS)?.id).toBe(PRICE);
    expect(prices.priceAt("cardboard", NOW_MS - 1_000_000)?.id).toBe(PRICE);
    expect(prices.priceAt("cardboard", NOW_MS - 1_000_001)?.id).toBe(PRICE_OLD);
    expect(prices.priceAt("cardboard", NOW_MS + 1)?.price_idr_per_kg).toBe(9000);
    expect(prices.priceAt("cardboard", NOW_MS - 3_000_000)).toBeNull();
    expect(prices.priceAt("glass", NOW_MS)).toBeNull();
  });

  test("finds a member by identifier and by number", () => {
    expect(prices.memberId(MEMBER)).toBe(MEMBER);
    expect(prices.memberId("JM-0001")).toBe(MEMBER);
    expect(prices.memberId("JM-0002")).toBeNull();
  });

  test("finds a member by card too, but never in place of another's number", () => {
    const [member] = CATALOGUE.members;
    if (member === undefined) throw new Error("the catalogue has no member");
    const other = { ...member, id: PRICE, number: "JM-0002", card: "JM-0001" };
    const cards = priceListOf({ ...CATALOGUE, members: [{ ...member, card: "62E3086CED" }, other] });
    expect(cards.member("62E3086CED")?.id).toBe(MEMBER);
    expect(cards.member("JM-0001")?.id).toBe(MEMBER);
    expect(cards.member("JM-0002")?.id).toBe(PRICE);
    expect(cards.member("62E3086CEE")).toBeNull();
  });

  test("knows names for people, and makes do with identifiers", () => {
    expect([prices.materialName("cardboard"), prices.materialName("unheard")]).toEqual(["Kardus", "unheard"]);
    expect(prices.wasteBankName).toBe(CATALOGUE.waste_bank);
    const named = priceListOf({ ...CATALOGUE, waste_bank_name: "Bank Sampah Melati" });
    expect(named.wasteBankName).toBe("Bank Sampah Melati");
  });
});

test("a damaged file of kept documents is begun anew", () => {
  const path = join(freshFolder(), "kept.sqlite");
  writeFileSync(path, "no database ".repeat(1000));
  const kept = openLastGood(path, log);
  expect(kept.read("catalogue")).toBeNull();
  kept.write("catalogue", { value: { a: 1 }, etag: null });
  expect(kept.read("catalogue")).toEqual({ value: { a: 1 }, etag: null });
  kept.close();
});
