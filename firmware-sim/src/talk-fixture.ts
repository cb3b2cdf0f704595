/** A short talk with the model of a scale in a test: commands, and time in the steps of the simulator. */
import { latin1 } from "./device-model.ts";
import type { ScaleModel } from "./scale-model.ts";

/** Longer than every swing of the pan takes to come to rest. */
const REST_MS = 4000;

/** Bytes as a test writes them. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** One end of the talk. */
export class Talk {
  readonly scale: ScaleModel;
  nowMs = 0;

  constructor(scale: ScaleModel) {
    this.scale = scale;
  }

  /** Sends text and returns the answers that come at once. */
  ask(command: string): string[] {
    return this.scale.receive(latin1(command), this.nowMs).map(textOf);
  }

  /** Lets time pass and returns what the scale sends meanwhile. */
  wait(durationMs: number): string[] {
    const lines: string[] = [];
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs += 10) {
      lines.push(...this.scale.tick(this.nowMs).map(textOf));
    }
    return lines;
  }

  /** Puts this load alone on the pan, waits for rest and returns the last line of that time. */
  load(weightG: number): string | undefined {
    this.scale.pan.remove();
    if (weightG !== 0) this.scale.pan.place(weightG);
    return this.wait(REST_MS).at(-1);
  }

  /** Puts a load on without waiting for rest. */
  disturb(weightG: number): void {
    this.scale.pan.place(weightG);
    this.wait(50);
  }
}
