import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { eventually, isLinkThere, openHost, tempLink, unplugUnderHost } from "./host-port.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

interface Program {
  child: ChildProcess;
  lines(): unknown[];
  stderr(): string;
  order(text: string): void;
  exited: Promise<number | null>;
}

function run(fleet: unknown): Program {
  const file = `${tempLink()}.json`;
  writeFileSync(file, JSON.stringify(fleet));
  const child = spawn(process.execPath, [main, file]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const exited = once(child, "exit").then(([code]) => (typeof code === "number" ? code : null));
  return {
    child,
    lines: () =>
      stdout
        .split("\n")
        .slice(0, -1)
        .map((line): unknown => JSON.parse(line)),
    stderr: () => stderr,
    order: (text) => child.stdin.write(`${text}\n`),
    exited,
  };
}

function twoDevices(): { links: [string, string]; fleet: unknown } {
  const links: [string, string] = [tempLink(), tempLink()];
  const devices = [
    { id: "b1", model: "a02yyuw", link: links[0], seed: 1, fill_per_day: 0 },
    { id: "scale-1", model: "st-gs", link: links[1], seed: 2 },
  ];
  return { links, fleet: { devices } };
}

const ready = (links: [string, string]) => ({
  ready: true,
  devices: [
    { id: "b1", path: links[0] },
    { id: "scale-1", path: links[1] },
  ],
});

test("says when all is ready, obeys orders, and its ports can be read", async () => {
  const { links, fleet } = twoDevices();
  const program = run(fleet);
  await eventually(() => expect(program.lines()).toEqual([ready(links)]));
  const host = await openHost(links[1]);
  program.order('{"device":"scale-1","place_g":1250}');
  await eventually(() => expect(host.received().toString()).toContain("\r\nST,GS,+  1.250kg\r\n"));
  program.order("nonsense");
  program.order("x".repeat(5000));
  program.order('{"device":"b1","empty":true}');
  await eventually(() => {
    expect(program.lines().slice(1)).toEqual([
      { ok: true, device: "scale-1" },
      { ok: false, error: expect.any(String) },
      { ok: false, error: "line is too long" },
      { ok: true, device: "b1" },
    ]);
  });
});

test("an order unplugs a port under whoever reads it and plugs it in again", async () => {
  const { links, fleet } = twoDevices();
  const program = run(fleet);
  await eventually(() => expect(program.lines()).toHaveLength(1));
  const order = (action: string) => program.order(`{"device":"scale-1","${action}":true}`);
  const device = { unplug: () => order("unplug"), replug: () => order("replug") };
  expect(await unplugUnderHost(device, links[1])).toMatchObject({ disconnected: true });
  await eventually(() => expect(isLinkThere(links[1])).toBe(false));
  order("replug");
  await eventually(() => expect(isLinkThere(links[1])).toBe(true));
});

test.for(["SIGTERM", "SIGINT", "the end of stdin"] as const)(
  "%s ends all and removes the links",
  async (end) => {
    const { links, fleet } = twoDevices();
    const program = run(fleet);
    await eventually(() => expect(program.lines()).toHaveLength(1));
    expect(links.map((link) => isLinkThere(link))).toEqual([true, true]);
    if (end === "the end of stdin") program.child.stdin?.end();
    else program.child.kill(end);
    expect(await program.exited).toBe(0);
    expect(links.map((link) => isLinkThere(link))).toEqual([false, false]);
    expect(program.stderr()).toBe("");
  },
);

test("a fleet that is not valid ends with code 1 and all reasons", async () => {
  const program = run({ devices: [{ id: "B", model: "a02yyuw", link: "x", seed: -1 }] });
  expect(await program.exited).toBe(1);
  expect(program.stderr()).toMatch(/\/devices\/0\/id/);
  expect(program.stderr()).toMatch(/\/devices\/0\/seed/);
  expect(program.lines()).toEqual([]);
});
