/** Container volume: from the height of the waste in a container to its share of the volume. */
import type { ContainerShape } from "@jumpa-madu/contracts/container-shape";

/** Walls straight up: the shape of a container that nobody has described. */
export const UPRIGHT: ContainerShape = { shape: "upright" };

/** Share of the volume below a share of the height. Both 0 to 1; rises with the height, from 0 to 1. */
export function volumeShareOf(shape: ContainerShape, heightShare: number): number {
  const height = Math.min(1, Math.max(0, heightShare));
  switch (shape.shape) {
    case "upright":
      return height;
    case "tapered":
      return Math.min(1, taperedVolume(shape, height) / taperedVolume(shape, 1));
    case "lying_drum":
      return drumVolume(height);
    case "table":
      return tableVolume(shape.points, height);
  }
}

type Tapered = Extract<ContainerShape, { shape: "tapered" }>;

/** Length and width each grow evenly from the bottom to 1 at the top; their product is summed up over the height. */
function taperedVolume({ bottom_length: length, bottom_width: width }: Tapered, height: number): number {
  const [longer, wider] = [1 - length, 1 - width];
  const linear = (length * wider + width * longer) / 2;
  return height * (length * width + height * (linear + (height * longer * wider) / 3));
}

/** Area of the segment of a circle below a height, as a share of the circle. */
function drumVolume(height: number): number {
  const middle = 1 - 2 * height;
  const share = (Math.acos(middle) - middle * Math.sqrt(1 - middle * middle)) / Math.PI;
  return Math.min(1, Math.max(0, share));
}

type Point = Extract<ContainerShape, { shape: "table" }>["points"][number];

function tableVolume(points: readonly Point[], height: number): number {
  const above = points.findIndex((point) => point.height >= height);
  const upper = points[above];
  const lower = points[above - 1];
  if (upper === undefined) return 1;
  if (lower === undefined) return upper.volume;
  const share = (height - lower.height) / (upper.height - lower.height);
  return lower.volume + share * (upper.volume - lower.volume);
}
