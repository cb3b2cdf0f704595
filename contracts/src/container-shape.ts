/** Shape of a type of container: how the height of the waste in it becomes a share of its volume. */
import Type, { type Static } from "typebox";
import { Fraction } from "./units.ts";

const strict = { additionalProperties: false } as const;

/** Most points of a table of heights and volumes. */
export const TABLE_POINTS_MAX = 32;

/**
 * `upright`: walls straight up, so the share of the height is that of the volume. `tapered`: a wheeled bin or skip that is
 * narrower at the bottom; `bottom_length` and `bottom_width` are those of the bottom as shares of the top. `lying_drum`: a
 * cylinder on its side. `table`: measured points, both rising from 0 to 1, between two of them a line.
 */
export const ContainerShape = Type.Union([
  Type.Object({ shape: Type.Literal("upright") }, strict),
  Type.Object(
    {
      shape: Type.Literal("tapered"),
      bottom_length: Type.Number({ minimum: 0.05, maximum: 1 }),
      bottom_width: Type.Number({ minimum: 0.05, maximum: 1 }),
    },
    strict,
  ),
  Type.Object({ shape: Type.Literal("lying_drum") }, strict),
  Type.Object(
    {
      shape: Type.Literal("table"),
      points: Type.Array(Type.Object({ height: Fraction, volume: Fraction }, strict), {
        minItems: 2,
        maxItems: TABLE_POINTS_MAX,
      }),
    },
    strict,
  ),
]);
export type ContainerShape = Static<typeof ContainerShape>;

/** What is wrong with a shape although its schema is met, in words; null when nothing is. */
export function containerShapeFault(shape: ContainerShape): string | null {
  if (shape.shape !== "table") return null;
  const { points } = shape;
  const [first, last] = [points[0], points.at(-1)];
  if (first?.height !== 0 || first.volume !== 0 || last?.height !== 1 || last.volume !== 1)
    return "table must begin at height 0 and volume 0, and end at height 1 and volume 1";
  const rises = points.every(({ height, volume }, index) => {
    const before = points[index - 1];
    return before === undefined || (height > before.height && volume > before.volume);
  });
  return rises ? null : "table: each height and each volume must be greater than the one before";
}
