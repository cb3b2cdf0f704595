/** Longest part of a receipt number that the node's id may take. */
const NODE_LENGTH_MAX = 24;

/** Digits of the outbox's epoch in a receipt number: numbers start at 1 again after a wiped disk. */
const EPOCH_DIGITS = 4;

/** Receipt number as printed, such as `TERMINAL-1-9F3A-000042`. Numbers of one outbox have no gap. */
export function receiptNo({ node, epoch, number }: { node: string; epoch: string; number: number }): string {
  const place = node.slice(0, NODE_LENGTH_MAX).toUpperCase();
  return `${place}-${epoch.slice(0, EPOCH_DIGITS).toUpperCase()}-${String(number).padStart(6, "0")}`;
}
