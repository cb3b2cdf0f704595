/** Profile of a node: what it has besides its ports, kept as JSON in its row. */
import { NodeProfile } from "@jumpa-madu/contracts/node-config";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { StoreError } from "../store-error.ts";

const checker = checkerOf(NodeProfile);

/** Reads a kept profile; one that was never set is empty. Throws StoreError `bad_answer` when it is none. */
export function parseProfile(node: string, text: string | null): NodeProfile {
  if (text === null) return {};
  const checked = checker.check(JSON.parse(text));
  if (checked.ok) return checked.value;
  throw new StoreError(
    "bad_answer",
    `the profile of node ${node} is not valid: ${checked.faults.join("; ")}`,
  );
}
