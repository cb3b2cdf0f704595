/** Happening: something that befell a bin, before it has a time. */
import type { BinEvent } from "@jumpa-madu/contracts/readings";

/** An event without what names its bin and its moment. */
export type Happening = Omit<BinEvent, "kind" | "bin" | "t">;

/** What a watch remembers after a look, and what it found. What it remembers is plain JSON. */
export interface Watched<State> {
  readonly state: State;
  readonly happened: readonly Happening[];
}
