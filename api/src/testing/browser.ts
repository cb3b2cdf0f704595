/** A real browser for tests of the pages: Debian's Chromium, without a window and without a network of its own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const ROOT = join(import.meta.dirname, "../../..");
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Builds the pages into a folder of their own, so that no test runs on pages that are older than their source. */
export function buildPages(): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), "jumpa-madu-pages-"));
  const vite = join(ROOT, "node_modules/vite/bin/vite.js");
  const args = [vite, "build", "--logLevel", "error", "--outDir", dir, "--emptyOutDir"];
  execFileSync(process.execPath, args, {
    cwd: join(ROOT, "web"),
    env: { ...process.env, NODE_ENV: "production" },
  });
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Starts Chromium. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A page in the way of Deli Serdang, with everything that its console calls an error. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; errors: string[]; close: () => Promise<void> }> {
  const context = await browser.newContext({ locale: "id-ID", timezoneId: "Asia/Jakarta", ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  return { page, errors, close: () => context.close() };
}

/** Serious and critical violations of WCAG 2.2 A and AA that axe finds, each as one line. */
export async function violationsOf(page: Page): Promise<string[]> {
  // The page's policy lets no foreign script in; the browser itself may.
  await page.evaluate(`${readFileSync(AXE, "utf8")};undefined`);
  const found = (await page.evaluate(
    `axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }).then(({ violations }) =>
      violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map((node) => node.html).slice(0, 5) })))`,
  )) as { id: string; impact: string; where: string[] }[];
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, impact, where }) => `${impact} ${id}: ${where.join(" | ")}`);
}
