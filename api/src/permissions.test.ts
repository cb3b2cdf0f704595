import { afterAll, beforeAll, expect, test } from "vitest";
import { OPEN_PERMISSIONS, PERMISSIONS, type Permission } from "./permissions.ts";
import { startTestApi, type TestApi, type Who } from "./testing/api-fixture.ts";

const EVERYBODY: Who[] = [null, "admin", "staff", "operator", "collector", "member"];

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

/** Every route of the app that a person may call, with what it asks for. */
function routesOf(): {
  method: "GET" | "POST" | "PUT" | "DELETE";
  url: string;
  permission: Permission | undefined;
}[] {
  return api.app
    .declaredRoutes()
    .flatMap(({ methods, url, permission }) =>
      (["GET", "POST", "PUT", "DELETE"] as const)
        .filter((method) => methods.includes(method))
        .map((method) => ({ method, url, permission })),
    );
}

function addressOf(url: string): string {
  if (/^\/v1\/(members|users)\//.test(url)) return url.replace(":id", api.members.mine);
  return url
    .replace(":id", url.startsWith("/v1/bins") ? "bin-1" : "node-1")
    .replace(":device", api.members.mine);
}

test("every route opens to the roles of the table, and to nobody else", async () => {
  const routes = routesOf();
  expect(routes.length).toBeGreaterThan(30);
  for (const { method, url, permission } of routes) {
    expect(permission, `${method} ${url}`).toBeDefined();
    if (permission === undefined || permission === "metrics") continue;
    for (const who of EVERYBODY) {
      // Signing out ends the session that the next route needs.
      if (url === "/v1/sessions/current" && who !== null) continue;
      const { statusCode } = await api.call(
        who,
        method,
        addressOf(url),
        method === "POST" || method === "PUT" ? { body: {} } : {},
      );
      const name = `${method} ${url} as ${who ?? "nobody"}`;
      if (permission === "node") expect(statusCode, name).toBe(401);
      else if (permission === "public") expect([401, 403], name).not.toContain(statusCode);
      else if (who === null) expect(statusCode, name).toBe(401);
      else if (!(PERMISSIONS[permission] as readonly string[]).includes(who))
        expect(statusCode, name).toBe(403);
      else if (isNarrowed(url, who)) expect(statusCode, name).not.toBe(401);
      else expect([401, 403, 500], name).not.toContain(statusCode);
    }
  }
});

/** Routes whose answer also depends on what is asked for; `auth/scope.ts`. */
function isNarrowed(url: string, who: Who): boolean {
  return url === "/v1/telemetry" && (who === "operator" || who === "collector");
}

test("no permission of the table is without a route", () => {
  const used = new Set(routesOf().map(({ permission }) => permission));
  const unused = Object.keys(PERMISSIONS).filter((one) => !used.has(one as Permission));
  expect(unused).toEqual([]);
  expect(OPEN_PERMISSIONS).toContain("public");
});

test("members and collectors have these permissions and no other", () => {
  const held = (role: string) =>
    Object.entries(PERMISSIONS)
      .filter(([, roles]) => (roles as readonly string[]).includes(role))
      .map(([permission]) => permission);
  expect(held("member")).toEqual([
    "sessions.end",
    "passwords.change",
    "waste_banks.read",
    "materials.read",
    "prices.read",
    "terms.read",
    "members.read",
    "accounts.read",
    "deposits.read",
    "savings_products.read",
    "books.read",
    "payouts.read",
    "payouts.request",
    "destinations.read",
    "destinations.write",
  ]);
  expect(held("collector")).toEqual([
    "sessions.end",
    "passwords.change",
    "zones.read",
    "waste_banks.read",
    "bins.read",
    "materials.read",
    "prices.read",
    "terms.read",
    "savings_products.read",
    "shifts.read",
    "shifts.write",
    "deposits.write",
    "telemetry.read",
  ]);
  expect(held("operator").filter((one) => one.endsWith(".write"))).toEqual([
    "sales.write",
    "stock_counts.write",
    "members.write",
    "books.write",
    "shifts.write",
    "expenses.write",
    "deposits.write",
    "destinations.write",
  ]);
});
