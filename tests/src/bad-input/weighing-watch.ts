/** Somebody who asks a terminal for the weight of every scale, again and again, and notes each answer. */
import { setTimeout as pause } from "node:timers/promises";
import type { HttpClient } from "../system/http-client.ts";

/** Pause between two rounds, in milliseconds. */
const ROUND_MS = 100;

/** What each scale has answered so far. */
export class WeighingWatch {
  readonly #terminal: HttpClient;
  readonly #netG = new Map<string, Set<number>>();
  readonly #refusals = new Map<string, Set<string>>();
  readonly #abort = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(terminal: HttpClient) {
    this.#terminal = terminal;
  }

  /** Begins asking. */
  start(scales: string[]): void {
    for (const scale of scales) {
      this.#netG.set(scale, new Set());
      this.#refusals.set(scale, new Set());
    }
    this.#done = this.#ask(scales);
  }

  /** Stops asking; rejects when the terminal has once not answered. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  /** Weights that it gave, in grams. */
  netG(scale: string): number[] {
    return [...(this.#netG.get(scale) ?? [])];
  }

  /** Codes of the problems with which it gave none. */
  refusals(scale: string): string[] {
    return [...(this.#refusals.get(scale) ?? [])];
  }

  /** True when the scale has shown a weight, be it one that may be taken or not. */
  hasSeen(scale: string): boolean {
    return this.netG(scale).length > 0 || this.refusals(scale).some((code) => code !== "disconnected");
  }

  async #ask(scales: string[]): Promise<void> {
    while (!this.#abort.signal.aborted) {
      for (const scale of scales) {
        const { status, body } = await this.#terminal.post("/weighings", { scale });
        if (status === 201) this.#netG.get(scale)?.add(body.net_g);
        else this.#refusals.get(scale)?.add(body.code);
      }
      await pause(ROUND_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined);
    }
  }
}
