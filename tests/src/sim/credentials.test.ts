import { expect, test } from "vitest";
import { chooseNodes, formatCredentials, NODES_MAX, parseCredentials } from "./credentials.ts";

const NODES = [
  { id: "n-1", secret: "s1", bins: ["b-1", "b-2"] },
  { id: "n-2", secret: "s2", scales: ["sc-1"] },
  { id: "n-3", secret: "s3", bins: ["b-3"] },
];

test("what is written is read again", () => {
  expect(parseCredentials(formatCredentials(NODES))).toEqual({ ok: true, value: NODES });
});

test("a wrong line is named with what is wrong, and its secret is not repeated", () => {
  const parsed = parseCredentials('{"id":"n-1","secret":"hush"}\nno json\n{"id":"N 2","secret":"hush"}\n');
  expect(parsed.ok).toBe(false);
  const faults = parsed.ok ? [] : parsed.faults;
  expect(faults.map((fault) => fault.slice(0, 6))).toEqual(["line 2", "line 3"]);
  expect(faults.join()).not.toContain("hush");
});

test(`more than ${NODES_MAX} nodes are refused`, () => {
  expect(parseCredentials('{"id":"n","secret":"s"}\n'.repeat(NODES_MAX + 1)).ok).toBe(false);
});

test("as many nodes are chosen as the bins and scales that are asked for need", () => {
  expect(chooseNodes(NODES, { bins: 1, scales: 1 })).toEqual({
    ok: true,
    value: [
      { id: "n-1", secret: "s1", bins: ["b-1"], scales: [] },
      { id: "n-2", secret: "s2", bins: [], scales: ["sc-1"] },
    ],
  });
  expect(chooseNodes(NODES, { bins: 4, scales: 0 }).ok).toBe(false);
});
