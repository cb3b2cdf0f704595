import { expect, test } from "vitest";
import { type ContainerShape, containerShapeFault } from "./container-shape.ts";
import { nodeConfigFault } from "./node-config.ts";

const table = (...points: [number, number][]): ContainerShape => ({
  shape: "table",
  points: points.map(([height, volume]) => ({ height, volume })),
});

test.each<[string, ContainerShape, RegExp | null]>([
  ["upright walls", { shape: "upright" }, null],
  ["tapered walls", { shape: "tapered", bottom_length: 0.8, bottom_width: 0.7 }, null],
  ["a table that rises from 0 to 1", table([0, 0], [0.5, 0.3], [1, 1]), null],
  ["a table that begins above the bottom", table([0.1, 0], [1, 1]), /begin at height 0/],
  ["a table that begins with a volume", table([0, 0.1], [1, 1]), /begin at height 0/],
  ["a table that ends below the top", table([0, 0], [0.9, 1]), /end at height 1/],
  ["a table that ends before it is full", table([0, 0], [1, 0.9]), /end at height 1/],
  ["a table whose volume falls back", table([0, 0], [0.4, 0.5], [0.6, 0.4], [1, 1]), /greater than the one/],
  ["a table with one height twice", table([0, 0], [0.4, 0.5], [0.4, 0.6], [1, 1]), /greater than the one/],
])("%s", (_name, shape, words) => {
  const fault = containerShapeFault(shape);
  const ofConfig = nodeConfigFault({ version: 1, ports: [], container_types: { w240: shape } });
  if (words === null) {
    expect([fault, ofConfig]).toEqual([null, null]);
  } else {
    expect(fault).toMatch(words);
    expect(ofConfig).toBe(`container w240: ${fault}`);
  }
});
