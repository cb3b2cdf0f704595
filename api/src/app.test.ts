import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import type { TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { APP_LIMITS } from "./app-limits.ts";
import { MONEY_WORDS } from "./docs-money.ts";
import { startTestApi, type TestApi } from "./testing/api-fixture.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ metrics: { token: "metrics-token", process: false } });
});
afterAll(() => api.close());

describe("whatever goes wrong is told as a problem", () => {
  const cases: { name: string; status: number; code: string; ask: () => ReturnType<TestApi["call"]> }[] = [
    { name: "no route", status: 404, code: "not_found", ask: () => api.call("admin", "GET", "/v1/nothing") },
    {
      name: "no such bin",
      status: 404,
      code: "not_found",
      ask: () => api.call("admin", "GET", "/v1/bins/none"),
    },
    {
      name: "a bad URL",
      status: 400,
      code: "malformed",
      ask: () => api.call("admin", "GET", "/v1/bins/%zz"),
    },
    {
      name: "an unknown parameter",
      status: 400,
      code: "invalid",
      ask: () => api.call("admin", "GET", "/v1/zones?lmit=1"),
    },
    {
      name: "limit 0",
      status: 400,
      code: "invalid",
      ask: () => api.call("admin", "GET", "/v1/zones?limit=0"),
    },
    {
      name: "limit 501",
      status: 400,
      code: "invalid",
      ask: () => api.call("admin", "GET", "/v1/zones?limit=501"),
    },
    {
      name: "a cursor of nobody",
      status: 400,
      code: "invalid",
      ask: () => api.call("admin", "GET", "/v1/deposits?after=x"),
    },
    {
      name: "a cursor of another list",
      status: 400,
      code: "invalid",
      ask: () => api.call("admin", "GET", "/v1/deposits?after=1~a~b"),
    },
    { name: "nobody", status: 401, code: "unauthenticated", ask: () => api.call(null, "GET", "/v1/zones") },
    {
      name: "the wrong role",
      status: 403,
      code: "forbidden",
      ask: () => api.call("collector", "GET", "/v1/users"),
    },
    {
      name: "an id that is taken",
      status: 409,
      code: "exists",
      ask: () => send({ id: "zone-1", name: "Z" }),
    },
    {
      name: "a reference to nothing",
      status: 422,
      code: "unknown_reference",
      ask: () =>
        api.call("admin", "POST", "/v1/waste-banks", {
          body: { id: "w", name: "W", zone: "none", lat: 0, lon: 0 },
        }),
    },
    { name: "malformed JSON", status: 400, code: "malformed", ask: () => raw('{"id":', "application/json") },
    { name: "an empty body", status: 400, code: "malformed", ask: () => raw("", "application/json") },
    {
      name: "a prototype in the body",
      status: 400,
      code: "malformed",
      ask: () => raw('{"__proto__":{}}', "application/json"),
    },
    {
      name: "another media type",
      status: 415,
      code: "unsupported_media_type",
      ask: () => raw("<a/>", "application/xml"),
    },
    {
      name: "plain text",
      status: 415,
      code: "unsupported_media_type",
      ask: () => raw("{}", "text/plain"),
    },
    {
      name: "a method that the path does not have",
      status: 405,
      code: "method_not_allowed",
      ask: () => api.call("admin", "PUT", "/v1/zones"),
    },
    {
      name: "too large a body",
      status: 413,
      code: "too_large",
      ask: () => send({ id: "z", name: "x".repeat(APP_LIMITS.bodyBytesMax) }),
    },
  ];
  const send = (body: unknown) => api.call("admin", "POST", "/v1/zones", { body });
  const raw = (body: string, type: string) =>
    api.call("admin", "POST", "/v1/zones", { body, headers: { "content-type": type } });

  test.each(cases)("$name: $status", async ({ status, code, ask }) => {
    const answer = await ask();
    expect(answer.statusCode, answer.body).toBe(status);
    expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ type: "about:blank", status, code });
    expect(answer.json().detail.length).toBeGreaterThan(10);
    expect(answer.headers["x-request-id"] ?? "none").not.toBe("");
  });

  test.each([
    ["PUT", "/v1/zones?limit=1", "GET, HEAD, POST"],
    ["DELETE", "/v1/bins/bin-1", "GET, HEAD"],
    ["GET", "/v1/nodes/node-1/secret", "POST"],
    ["GET", "/v1/users/me/password", "POST, PUT"],
    ["POST", "/healthz", "GET, HEAD"],
  ] as const)("%s %s is told which methods there are", async (method, url, allow) => {
    const answer = await api.call(null, method, url);
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe(allow);
  });

  test("what is wrong is named by the words of whoever asks, each fault once", async () => {
    const id = await api.call("admin", "GET", "/v1/bins/UPPER");
    expect(id.json().detail).toBe("the path is not what this route takes");
    const body = {
      id: "s-x",
      name: "S",
      waste_bank: "wb-1",
      capacity_g: 1,
      division_g: 1,
      verified_until: "soon",
    };
    const { faults } = (await api.call("admin", "POST", "/v1/scales", { body })).json();
    expect(JSON.stringify(faults)).not.toMatch(/anyOf|must be null/);
    expect(faults.length).toBeGreaterThan(0);
  });

  test("every field that is wrong is named", async () => {
    const body = { id: "UPPER", name: "", lat: 91, zone: "zone-1", lon: 1, extra: 1 };
    const answer = await api.call("admin", "POST", "/v1/waste-banks", { body });
    const paths = answer.json().faults.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(expect.arrayContaining(["/id", "/name", "/lat"]));
  });

  test("a body in which everything is wrong is told a few faults, each in words", async () => {
    const body = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`extra-${n}`, n]));
    const { faults } = (await send(body)).json();
    expect(faults).toHaveLength(8);
    expect(faults).toContainEqual({ path: "/extra-0", message: "is not a field of this" });
  });

  test("what is ours to mend leaves nothing of our inside, but is in the log", async () => {
    const failing = await startTestApi();
    await failing.store.db.schema
      .dropTable("materials")
      .execute()
      .catch(() => {});
    await failing.store.db.schema.dropTable("quarantine").execute();
    const answer = await failing.call("admin", "GET", "/v1/quarantine");
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ status: 500, code: "internal" });
    expect(answer.body).not.toMatch(/quarantine|sqlite|select|\.ts|stack/i);
    expect(failing.logged.join()).toContain("no such table");
    await failing.close();
  });

  test("a store that is away makes 503, and the api unready", async () => {
    const telemetry = {
      ping: () => Promise.reject(new Error("away")),
      latestLevels: () => Promise.reject(Object.assign(new Error("connect"), { code: "ECONNREFUSED" })),
      close: async () => {},
    } as unknown as TelemetryStore;
    const away = await startTestApi({ telemetry });
    expect((await away.call("admin", "GET", "/v1/bins")).statusCode).toBe(503);
    expect((await away.call(null, "GET", "/healthz")).statusCode).toBe(200);
    const ready = await away.call(null, "GET", "/readyz");
    expect(ready.statusCode).toBe(503);
    expect(ready.json().faults).toEqual([{ path: "/telemetry", message: "does not answer" }]);
    await away.close();
  });
});

test("ready tells of each part", async () => {
  const answer = await api.call(null, "GET", "/readyz");
  expect(answer.json()).toEqual({ status: "ok", database: "ok", telemetry: "ok", vault: "ok", broker: "ok" });
});

test("metrics know routes by their template, and are for this machine or the token", async () => {
  await api.call("admin", "GET", "/v1/bins/bin-1");
  await api.call("admin", "GET", "/v1/secret-path-of-a-scanner");
  const local = await api.call(null, "GET", "/metrics");
  expect(local.body).toContain('http_route="/v1/bins/:id"');
  expect(local.body).not.toMatch(/bin-1"|scanner/);
  const proxied = { "x-forwarded-for": "203.0.113.9" };
  expect((await api.call(null, "GET", "/metrics", { headers: proxied })).statusCode).toBe(403);
  const known = await api.call(null, "GET", "/metrics", {
    headers: { ...proxied, authorization: "Bearer metrics-token" },
  });
  expect(known.statusCode).toBe(200);
});

test("GET is tagged and answers 304, POST is not tagged", async () => {
  const first = await api.call("staff", "GET", "/v1/zones");
  const etag = String(first.headers.etag);
  expect(
    (await api.call("staff", "GET", "/v1/zones", { headers: { "if-none-match": `W/${etag}` } })).statusCode,
  ).toBe(304);
  expect(
    (await api.call("staff", "POST", "/v1/zones", { body: { id: "z-tag", name: "Z" } })).headers.etag,
  ).toBeUndefined();
});

test("one user is slowed down, others and the health routes are not", async () => {
  const slow = await startTestApi({ ratePerMinute: 20 });
  let answer = await slow.call("staff", "GET", "/v1/zones");
  for (let n = 0; n < 20 && answer.statusCode === 200; n++)
    answer = await slow.call("staff", "GET", "/v1/zones");
  expect(answer.statusCode).toBe(429);
  expect(answer.json().code).toBe("too_many_requests");
  expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  expect((await slow.call("collector", "GET", "/v1/zones")).statusCode).toBe(200);
  for (let n = 0; n < 30; n++) expect((await slow.call(null, "GET", "/healthz")).statusCode).toBe(200);
  for (let n = 0; n < 21; n++) answer = await slow.call(null, "GET", `/nothing-${n}`);
  expect(answer.statusCode, "404s count as well").toBe(429);
  await slow.close();
});

test("the log has no password, token, secret or phone number", async () => {
  const { log } = api.app;
  log.info(
    {
      password: "pw-1",
      headers: { authorization: "tok-2" },
      member: { phone: "+628120000" },
      body: { secret: "sec-4" },
    },
    "x",
  );
  const detail = "Failing row contains (Nasabah Satu, +628120001).";
  log.error({ err: Object.assign(new Error("null value"), { code: "23502", detail }) }, "x");
  await api.call("admin", "GET", "/v1/members?q=Nasabah");
  const text = api.logged.join("\n");
  expect(text).not.toMatch(/pw-1|tok-2|62812000|sec-4|q=Nasabah|Nasabah Satu/);
  expect(text).toContain("[redacted]");
});

test("the description is OpenAPI 3.1 and hides neither a route nor its trouble", async () => {
  const { openapi, paths } = (await api.call(null, "GET", "/docs/json")).json();
  expect(openapi).toBe("3.1.0");
  const described = Object.keys(paths);
  for (const { url } of api.app.declaredRoutes().filter((route) => route.url.startsWith("/v1/"))) {
    expect(described, url).toContain(url.replaceAll(/:(\w+)/g, "{$1}"));
  }
  expect(paths["/v1/bins"].get.responses["4XX"]).toBeDefined();
});

interface Operation {
  operationId?: string;
  parameters?: { in: string; name: string }[];
  responses: Record<string, { content?: Record<string, unknown> }>;
}

test("the description names every operation, its problems, its CSV, and the key of its writes", async () => {
  const { paths } = (await api.call(null, "GET", "/docs/json")).json() as {
    paths: Record<string, Record<string, Operation>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  expect(operations.length).toBeGreaterThan(35);
  const names = operations.map(({ operation }) => operation.operationId);
  expect(
    names.every((name) => name !== undefined && /^[a-z][A-Za-z]+$/.test(name)),
    names.join(),
  ).toBe(true);
  expect(new Set(names).size).toBe(names.length);
  for (const { path, method, operation } of operations) {
    const name = `${method} ${path}`;
    const typesOf = (status: string) => Object.keys(operation.responses[status]?.content ?? {});
    const takes = (place: string, parameter: string) =>
      (operation.parameters ?? []).some((one) => one.in === place && one.name === parameter);
    if (path.startsWith("/v1/")) {
      for (const status of ["4XX", "5XX"])
        expect(typesOf(status), name).toEqual(["application/problem+json"]);
    }
    if (takes("query", "format")) expect(typesOf("200"), name).toEqual(["application/json", "text/csv"]);
    else expect(typesOf("200"), name).not.toContain("text/csv");
    expect(takes("header", "idempotency-key"), name).toBe(method === "post" && path !== "/v1/sessions");
  }
  expect(paths["/v1/nodes/{id}/devices"]?.post?.operationId).toBe("postNodesByIdDevices");
});

describe("the description tells a stranger", () => {
  /** Writes under the headings of money that neither move it nor lead to it. */
  const OTHERS = /^post \/v1\/(?:off-takers|payout-alarms|payout-(?:limits|fees)\/.*|members\/.*\/retire)/;

  test("of every write about money what it posts and what it refuses, under a heading of its list", async () => {
    const { tags, paths } = (await api.call(null, "GET", "/docs/json")).json() as {
      tags: { name: string }[];
      paths: Record<string, Record<string, Operation & { tags?: string[]; description?: string }>>;
    };
    const headings = tags.map(({ name }) => name);
    const told = new Set<string>();
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { tags: own = [], description = "" }] of Object.entries(methods)) {
        const name = `${method} ${path}`;
        for (const tag of own) expect(headings, name).toContain(tag);
        if (/Posts: .*\n\nRefuses: /s.test(description)) told.add(name);
        const isMoney = own.some((tag) => ["savings", "payouts", "cash", "stock"].includes(tag));
        if (method === "post" && isMoney && !OTHERS.test(name)) expect([...told]).toContain(name);
      }
    }
    expect(told.size).toBe(Object.keys(MONEY_WORDS).length);
  });

  test.each(Object.entries(MONEY_WORDS).filter(([, { example }]) => example !== undefined))(
    "a body that %s takes",
    async (route, { example }) => {
      const path = (route.split(" ")[1] ?? "").replaceAll(/:\w+/g, "01a20e2c-ecc5-7364-87d5-72a708d29b0f");
      const roles = ["admin", "staff"] as const;
      const answers = await Promise.all(roles.map((role) => api.call(role, "POST", path, { body: example })));
      // One role at least may: what it names is not there, but it is no bad request.
      const codes = answers.map(({ statusCode }) => statusCode).filter((status) => status !== 403);
      expect(codes.length, route).toBeGreaterThan(0);
      for (const code of codes) expect(code, answers.map(({ body }) => body).join()).not.toBe(400);
    },
  );
});

test("security headers let nothing inline run and do not force https on a local network", async () => {
  const { headers } = await api.call(null, "GET", "/healthz");
  const policy = String(headers["content-security-policy"]);
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toMatch(/unsafe|upgrade-insecure/);
  expect(headers["x-content-type-options"]).toBe("nosniff");
});

test("a body that never comes is not waited for longer than the limit of headers and body allows", async () => {
  const other = await startTestApi();
  await other.app.listen({ host: "127.0.0.1", port: 0 });
  expect(other.app.server.requestTimeout).toBe(30_000);
  const { port } = other.app.server.address() as AddressInfo;
  // What is not HTTP at all is turned away without a word of our inside.
  const answer = await new Promise<number>((resolve, reject) => {
    const asked = httpRequest(
      { port, host: "127.0.0.1", path: "/healthz", headers: { "x-long": "x".repeat(20_000) } },
      (got) => {
        got.resume();
        resolve(got.statusCode ?? 0);
      },
    );
    asked.on("error", reject);
    asked.end();
  });
  expect(answer).toBe(431);
  await other.close();
});
