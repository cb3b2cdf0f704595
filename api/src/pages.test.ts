import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TAGS } from "./docs-money.ts";
import { startTestApi, type TestApi } from "./testing/api-fixture.ts";
import { buildPages, openPage, startBrowser, violationsOf } from "./testing/browser.ts";
import { openCounters, post, sampleDeposit } from "./testing/sample-deposit.ts";

const PASSWORD = "correct horse battery";
const HOUR_MS = 3_600_000;

let pages: ReturnType<typeof buildPages>;
let api: TestApi;
let browser: Browser;
let url: string;

beforeAll(async () => {
  pages = buildPages();
  api = await startTestApi({ pagesDir: pages.dir });
  await addPicture();
  url = await api.app.listen({ host: "127.0.0.1", port: 0 });
  browser = await startBrowser();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await api?.close();
  pages?.remove();
});

/** Bins in every band, events, scales, deposits of which one is voided, and nodes in every state. */
async function addPicture(): Promise<void> {
  const { call, members, store } = api;
  await call("admin", "POST", "/v1/users", {
    body: { username: "staff.dlh", role: "staff", password: PASSWORD },
  });
  const names = [
    "Alun-alun Lubuk Pakam",
    "Terminal Bus",
    "RSUD Amri Tambunan",
    "Pasar Batang Kuis",
    "SMP Negeri 1",
    "Stasiun",
  ];
  for (const [index, name] of names.entries()) {
    const zone = index % 2 === 0 ? "zone-1" : "zone-2";
    const body = { id: `bin-${index + 2}`, name, zone, lat: 3.55, lon: 98.87, capacity_l: 1_100 };
    await call("admin", "POST", "/v1/bins", { body });
  }
  const t = Date.now();
  const level = { kind: "bin_level", distance_mm: 400, quality: "accepted" } as const;
  await api.write(
    { ...level, bin: "bin-1", t: t - 2_000, fill: 0.73 },
    { ...level, bin: "bin-2", t: t - 40_000, fill: 0.97 },
    { ...level, bin: "bin-3", t: t - 3 * 60_000, fill: 0.86 },
    { ...level, bin: "bin-4", t: t - 5_000, fill: 0.12 },
    { ...level, bin: "bin-5", t: t - 7 * HOUR_MS, fill: 0.41, quality: "suspicious" },
    { ...level, bin: "bin-6", t: t - 30_000, fill: null, quality: "unchecked" },
    {
      kind: "bin_event",
      bin: "bin-4",
      t: t - 600_000,
      event: "emptied",
      fill_before: 0.91,
      fill_after: 0.04,
    },
    { kind: "bin_event", bin: "bin-3", t: t - 900_000, event: "fire" },
    { kind: "bin_event", bin: "bin-5", t: t - 7 * HOUR_MS, event: "sensor_blocked" },
    { kind: "bin_event", bin: "bin-6", t: t - 25 * HOUR_MS, event: "tipped" },
    { kind: "scale_weight", scale: "scale-1", t: t - 1_000, weight_g: 12_350, stable: true, mode: "gross" },
    { kind: "scale_weight", scale: "scale-2", t: t - 4_000, weight_g: 845, stable: false, mode: "gross" },
  );
  const counter = await openCounters(api);
  for (const weightsG of [[2_400, 1_150], [8_000], [560]]) {
    await post(
      store,
      sampleDeposit(counter, { member: members.mine, weightsG, t: t - weightsG.length * 90_000 }),
    );
  }
  const status = {
    online: true,
    version: "0.1.0",
    outbox: { readings: 12, records: 0 },
    clock_ms: t,
    config_version: 0,
    config_fault: "bin bin-9: path /dev/ttyUSB0 is used by bin-8 as well",
    notices: [{ device: "scale-1", code: "silent", text: "/dev/ttyUSB1: nothing comes; check its power" }],
  };
  await store.db
    .updateTable("nodes")
    .set({ status: JSON.stringify(status), status_ms: t })
    .where("id", "=", "node-1")
    .execute();
}

async function signIn(page: Page, password = PASSWORD): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Nama pengguna").fill("staff.dlh");
  await page.getByLabel("Kata sandi", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Masuk" }).click();
}

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS_DIR;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

describe("the live page", () => {
  test("shows whoever signs in how full a bin is, follows it, and has no error in its console", async () => {
    const { page, errors, close } = await openPage(browser, { viewport: { width: 1_440, height: 900 } });
    await signIn(page);
    const bin = page.locator('[data-bin="bin-1"]');
    await bin.getByText("73%").waitFor();
    expect(await bin.textContent()).toContain("Pasar Lubuk Pakam");
    expect(await page.locator('[data-bin="bin-7"]').textContent()).toContain("Tanpa sensor");
    expect(await page.locator('[data-scale="scale-1"]').textContent()).toMatch(/12,350 kg[\s\S]*Stabil/);
    // Intl writes a no-break space between Rp and the number.
    expect((await page.locator(".deposit-row").allTextContents()).join().replaceAll("\u00a0", " ")).toContain(
      "Rp 28.000",
    );

    await api.write({
      kind: "bin_level",
      bin: "bin-1",
      t: Date.now(),
      distance_mm: 300,
      fill: 0.79,
      quality: "accepted",
    });
    await bin.getByText("79%").waitFor();

    await page.getByLabel("Saring menurut kecamatan").selectOption("zone-2");
    await page.locator('[data-bin="bin-1"]').waitFor({ state: "detached" });
    expect(await page.locator("[data-bin]").count()).toBe(3);
    expect(errors).toEqual([]);
    await close();
  });

  test("shows what happened to bins in the last day, a fire on top until it is over", async () => {
    const { page, close } = await openPage(browser, { viewport: { width: 360, height: 780 } });
    await signIn(page);
    const rows = page.locator("[data-event]");
    await rows.first().waitFor();
    const texts = async () => (await rows.allTextContents()).map((text) => text.replaceAll("\u00a0", " "));
    const seen = await texts();
    expect(seen).toHaveLength(3);
    expect(seen[0]).toMatch(/Terminal Bus15 menit yang lalu.*Segera! Kebakaran/);
    expect(seen[1]).toMatch(/RSUD Amri Tambunan.*91% → 4%.*Dikosongkan/);
    expect(seen[2]).toMatch(/Pasar Batang Kuis.*Sensor terhalang/);
    const topOf = async (selector: string) => (await page.locator(selector).boundingBox())?.y ?? Number.NaN;
    expect(await topOf(".events"), "a fire stands above the bins").toBeLessThan(await topOf(".bins"));
    await shoot(page, "live-events-360");
    expect(await violationsOf(page)).toEqual([]);
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const);
    expect(widths[0], "nothing sticks out to the side").toBeLessThanOrEqual(widths[1]);

    await page.getByLabel("Bahasa").selectOption("en");
    await page.getByRole("heading", { name: "Events of the last day" }).waitFor();
    expect((await texts())[0]).toMatch(/Urgent! Fire/);
    await api.write({ kind: "bin_event", bin: "bin-3", t: Date.now(), event: "fire_over" });
    await page.locator('[data-event="fire_over"]').waitFor();
    expect(await page.getByText("Urgent!").count()).toBe(0);
    expect(await topOf(".events")).toBeGreaterThan(await topOf(".bins"));
    await close();
  });

  test("says what a person has to mend, and which configuration is not in force and why", async () => {
    const { page, close } = await openPage(browser, { viewport: { width: 360, height: 780 } });
    await signIn(page);
    const notice = page.locator('[data-notice="silent"]');
    await notice.getByRole("heading", { name: "Alat diam" }).waitFor();
    expect(await notice.textContent()).toMatch(/scale-1[\s\S]*nothing comes; check its power/);
    const node = page.locator('[data-node="node-1"]');
    expect(await node.textContent()).toMatch(
      /Konfigurasi \d+ belum dipakai, masih 0[\s\S]*ttyUSB0 is used by bin-8/,
    );
    await page.getByLabel("Bahasa").selectOption("en");
    await notice.getByRole("heading", { name: "Device is silent" }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await api.store.db
      .updateTable("nodes")
      .set({ revoked_ms: Date.now() })
      .where("id", "=", "node-1")
      .execute();
    await notice.waitFor({ state: "detached" });
    await api.store.db.updateTable("nodes").set({ revoked_ms: null }).where("id", "=", "node-1").execute();
    await close();
  });

  test("folds the bins without a sensor behind one line, and opens them by keyboard", async () => {
    const { page, close } = await openPage(browser);
    await signIn(page);
    await page.locator('[data-bin="bin-2"]').waitFor();
    const folded = page.locator('[data-bin="bin-7"]');
    expect(await folded.isVisible()).toBe(false);
    expect(await page.locator('[data-bin="bin-2"]').isVisible()).toBe(true);
    const line = page.getByText("1 bak tanpa sensor");
    await line.focus();
    await page.keyboard.press("Enter");
    await folded.waitFor({ state: "visible" });
    expect(await violationsOf(page)).toEqual([]);
    await page.getByLabel("Bahasa").selectOption("en");
    await page.getByText("1 bin without a sensor").waitFor();
    expect(await folded.isVisible(), "what was opened stays open").toBe(true);
    await close();
  });

  test("says that it is cut off, and comes back by itself", async () => {
    const { page, close } = await openPage(browser);
    await signIn(page);
    await page.getByText("73%").or(page.getByText("79%")).first().waitFor();
    await page.context().setOffline(true);
    await page.getByText("Terputus.").waitFor();
    await shoot(page, "live-lost");
    expect(await violationsOf(page)).toEqual([]);
    await page.context().setOffline(false);
    await page.getByText("Terputus.").waitFor({ state: "detached" });
    await close();
  });

  test("says that there are more bins than it shows", async () => {
    const bins = Array.from({ length: 500 }, (_, n) => ({
      id: `z-${n}`,
      name: `Bak ${n}`,
      zone_id: "zone-1",
      lat: 0,
      lon: 0,
      capacity_l: 660,
      created_ms: 1,
    }));
    await api.store.db.insertInto("bins").values(bins).execute();
    const { page, close } = await openPage(browser);
    await signIn(page);
    await page.getByText("Hanya 500 bak pertama yang tampil.").waitFor();
    expect(await page.locator("[data-bin]").count()).toBe(500);
    await close();
    await api.store.db.deleteFrom("bins").where("id", "like", "z-%").execute();
  });

  test("goes back to the sign-in page and says why when the session has ended", async () => {
    const { page, close } = await openPage(browser);
    await signIn(page);
    await page.getByRole("heading", { name: "Bak sampah" }).waitFor();
    await api.store.db.deleteFrom("sessions").where("token_hash", "not like", "").execute();
    await page.getByText("Sesi Anda berakhir").waitFor();
    await close();
  });
});

test("a wrong password is told in words", async () => {
  const { page, close } = await openPage(browser);
  await signIn(page, "not the password");
  await page.getByText("Nama pengguna atau kata sandi salah.").waitFor();
  await close();
});

const LOOKS: [string, BrowserContextOptions][] = [
  ["desktop-light", { colorScheme: "light", viewport: { width: 1_440, height: 900 } }],
  ["desktop-dark", { colorScheme: "dark", viewport: { width: 1_440, height: 900 } }],
  ["phone-light", { colorScheme: "light", viewport: { width: 390, height: 844 }, hasTouch: true }],
  ["phone-dark", { colorScheme: "dark", viewport: { width: 390, height: 844 }, hasTouch: true }],
];

test.each(LOOKS)("axe finds nothing serious on either page: %s", async (name, options) => {
  const { page, errors, close } = await openPage(browser, options);
  await page.goto(url);
  await page.getByRole("button", { name: "Masuk" }).waitFor();
  await shoot(page, `sign-in-${name}`);
  expect(await violationsOf(page)).toEqual([]);
  await signIn(page);
  await page.locator("[data-bin]").first().waitFor();
  await shoot(page, `live-${name}`);
  expect(await violationsOf(page)).toEqual([]);
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const);
  expect(widths[0], "nothing sticks out to the side").toBeLessThanOrEqual(widths[1]);

  await page.getByLabel("Bahasa").selectOption("en");
  await page.getByRole("heading", { name: "Bins" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  expect(errors).toEqual([]);
  await close();
});

test("the description opens for people without an error in the console", async () => {
  const { page, errors, close } = await openPage(browser);
  await page.goto(`${url}/docs`);
  await page.getByRole("link", { name: "payouts" }).waitFor();
  expect(await page.locator(".opblock-tag").allTextContents()).toEqual(
    TAGS.map(({ name, description }) => `${name}${description}`),
  );
  await page.getByRole("link", { name: "payouts" }).click();
  await page.getByText("/v1/payouts/{id}/approve").first().waitFor();
  await shoot(page, "docs");
  expect(errors).toEqual([]);
  await close();
});

test("files whose name has their hash are kept for ever, the page itself never", async () => {
  const index = await api.call(null, "GET", "/");
  expect(index.headers["cache-control"]).toBe("no-cache");
  const script = /\/assets\/[\w-]+\.js/.exec(index.body)?.[0] ?? "";
  const answer = await api.call(null, "GET", script);
  expect(answer.statusCode).toBe(200);
  expect(answer.headers["cache-control"]).toContain("immutable");
});
