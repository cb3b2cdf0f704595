/** A serial port for tests: a pseudo-terminal made by socat whose other end, the device, is in the test's hands. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

const DEADLINE_MS = 10_000;

type Socat = ChildProcessByStdio<Writable, Readable, null>;

/** The device's end of a pseudo-terminal that can be pulled out and put back under the same path. */
export class SocatPort {
  readonly #folder = mkdtempSync(join(tmpdir(), "socat-port-"));
  readonly path = join(this.#folder, "port");
  /** Called with what the host writes. */
  onData: (bytes: Buffer) => void = () => {};
  #socat: Socat | null = null;
  #held: number | null = null;

  /** Makes the port appear. */
  async plug(): Promise<void> {
    const socat: Socat = spawn("socat", [`pty,raw,echo=0,link=${this.path}`, "STDIO"], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    socat.stdin.on("error", () => {});
    socat.stdout.on("data", (bytes: Buffer) => this.onData(bytes));
    this.#socat = socat;
    await until(() => existsSync(this.path));
    // A pseudo-terminal reports an error to socat when its last opener leaves; held open, it outlives the host's closing.
    this.#held = openSync(this.path, constants.O_RDWR | constants.O_NOCTTY);
  }

  /** Makes the port vanish, as when a cable is pulled. */
  async unplug(): Promise<void> {
    if (this.#held !== null) closeSync(this.#held);
    this.#held = null;
    const socat = this.#socat;
    this.#socat = null;
    if (socat === null || socat.exitCode !== null || socat.signalCode !== null) return;
    socat.kill("SIGKILL");
    await once(socat, "exit");
    rmSync(this.path, { force: true });
  }

  /** Sends bytes to the host; waits until they are taken. */
  async send(bytes: string | Uint8Array): Promise<void> {
    const socat = this.#socat;
    if (socat === null) throw new Error("port is not plugged in");
    if (!socat.stdin.write(bytes, "latin1")) await once(socat.stdin, "drain");
  }

  /** Ends the device and removes its traces. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.unplug();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Waits until a condition holds; throws at the deadline. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  while (!condition()) await pause(5, undefined, { signal: deadline });
}
