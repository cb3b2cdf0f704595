/** Whatever is sent to any route, the answer is never our own failure. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startTestApi, type TestApi } from "./testing/api-fixture.ts";
import { createDatabase } from "./testing/postgres-database.ts";

/** Texts that have broken a database or a parser before: NUL, lone surrogates, quotes, very long, not-quite-numbers. */
const NASTY = [
  "",
  "\0",
  "a\0b",
  "\ud800",
  "'; --",
  "%",
  "1e999",
  "-1",
  "9007199254740993",
  "null",
  "x".repeat(3_000),
  "bin-1",
  "wb-1",
  "node-1",
  "pet",
  "zone-1",
  "2026-02-30",
  "0~a",
  "15m",
  "bin_level",
  "csv",
];

const text = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.constantFrom(...NASTY));
const value = fc.oneof(
  text,
  fc.double(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }),
);
const NAMES = [
  "id",
  "name",
  "zone",
  "lat",
  "lon",
  "capacity_l",
  "capacity_g",
  "division_g",
  "waste_bank",
  "material",
  "price_idr_per_kg",
  "valid_from",
  "number",
  "phone",
  "username",
  "password",
  "role",
  "member",
  "port",
  "category",
  "server",
  "source",
  "dev_eui",
  "model",
  "bin",
  "node",
  "settings",
  "verified_until",
  "shard",
];
const QUERY_NAMES = [
  "limit",
  "after",
  "format",
  "zone",
  "waste_bank",
  "q",
  "member",
  "node",
  "code",
  "from",
  "to",
  "at",
  "material",
  "measurement",
  "field",
  "bin",
  "event",
  "every",
  "fn",
];
const body = fc.oneof(
  fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 8 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constant(undefined),
);
const query = fc.dictionary(fc.constantFrom(...QUERY_NAMES), text, { maxKeys: 4 });

describe.each(["sqlite", "postgres"] as const)("on %s", (engine) => {
  let api: TestApi;
  beforeAll(async () => {
    const databaseUrl =
      engine === "postgres" ? await createDatabase(inject("postgresUrl"), "api_fuzz") : undefined;
    api = await startTestApi(databaseUrl === undefined ? {} : { databaseUrl });
  });
  afterAll(() => api.close());

  test("no route answers 500 or leaves the form of a problem", async () => {
    const routes = api.app
      .declaredRoutes()
      .filter(({ url }) => url.startsWith("/v1/") && url !== "/v1/sessions/current")
      .flatMap(({ methods, url }) =>
        methods.filter((one) => one !== "HEAD").map((method) => ({ method, url })),
      );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...routes),
        fc.array(text, { minLength: 2, maxLength: 2 }),
        query,
        body,
        async (route, ids, asked, sent) => {
          const known = route.url.includes("/members/") ? api.members.mine : "node-1";
          const [id = "", device = ""] = ids.map((one) =>
            encodeURIComponent(one.toWellFormed()).slice(0, 90),
          );
          const url = route.url.replace(":id", id === "" ? known : id).replace(":device", device || known);
          const search = new URLSearchParams(asked).toString();
          const hasBody = route.method === "POST" && sent !== undefined;
          const json = { body: JSON.stringify(sent), headers: { "content-type": "application/json" } };
          const address = `${url}?${search}`;
          const answer = await api.call("admin", route.method as "GET", address, hasBody ? json : {});
          expect(
            answer.statusCode,
            `${route.method} ${url}?${search} ${JSON.stringify(sent)} ${answer.body}`,
          ).toBeLessThan(500);
          if (answer.statusCode >= 400)
            expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
        },
      ),
      { numRuns: 1_500 },
    );
  }, 120_000);

  test("no parameter of any route takes a text that makes it fail by itself", async () => {
    const description = api.app.swagger() as unknown as {
      paths: Record<string, { get?: { parameters?: { in: string; name: string }[] } }>;
    };
    for (const [path, { get }] of Object.entries(description.paths)) {
      const url = path.replace("{id}", path.includes("/members/") ? api.members.mine : "node-1");
      for (const { name } of (get?.parameters ?? []).filter((one) => one.in === "query")) {
        for (const one of NASTY) {
          const search = new URLSearchParams({
            [name]: one,
            ...(path === "/v1/telemetry" && { measurement: "bin_level" }),
          });
          const answer = await api.call("admin", "GET", `${url}?${search.toString()}`);
          expect(answer.statusCode, `${url}?${search.toString().slice(0, 100)} ${answer.body}`).toBeLessThan(
            500,
          );
        }
      }
    }
  }, 60_000);

  test("no value of a valid form makes a write fail by itself", async () => {
    const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(
        word,
        fc.double({ min: -90, max: 90, noNaN: true }),
        fc.uuid(),
        async (name, lat, id) => {
          const sent = { id, name, zone: "zone-1", lat, lon: 0, capacity_l: 1 };
          const answer = await api.call("admin", "POST", "/v1/bins", { body: sent });
          expect([201, 400, 409], answer.body).toContain(answer.statusCode);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});
