/** A scale whose commands are single bytes, not lines: cash registers ask such scales, which send nothing unasked. */

import type { Random } from "@jumpa-madu/contracts/random";
import type { Pan } from "./pan.ts";
import type { LineSettings, ScaleModel } from "./scale-model.ts";
import type { WeighCell } from "./weigh-cell.ts";

/** What a scale with commands of single bytes is made of. */
export abstract class ByteCommandScale implements ScaleModel {
  readonly baud: number;
  readonly dataBits: LineSettings["dataBits"];
  readonly parity: LineSettings["parity"];
  /** A digit ends neither an answer nor a handshake. */
  readonly endlessByte = 0x30;
  readonly cell: WeighCell;

  constructor(cell: WeighCell, line: LineSettings) {
    this.cell = cell;
    this.baud = line.baud;
    this.dataBits = line.dataBits;
    this.parity = line.parity;
  }

  get pan(): Pan {
    return this.cell.pan;
  }

  tick(nowMs: number): Uint8Array[] {
    this.cell.sampleTo(nowMs);
    return this.answerLate(nowMs);
  }

  receive(bytes: Uint8Array, nowMs: number): Uint8Array[] {
    this.cell.sampleTo(nowMs);
    return [...bytes].flatMap((byte) => this.hearByte(byte, nowMs));
  }

  abstract spoil(frame: Uint8Array, random: Random): Uint8Array;

  /** Takes one byte from the host; returns what the scale answers at once. */
  protected abstract hearByte(byte: number, nowMs: number): Uint8Array[];

  /** Answers that were waiting for their time. */
  protected answerLate(_nowMs: number): Uint8Array[] {
    return [];
  }
}
