import { expect, test } from "vitest";
import { pathMethods } from "./path-methods.ts";

const methodsOf = pathMethods([
  { methods: ["POST"], url: "/v1/bins" },
  { methods: ["GET", "HEAD"], url: "/v1/bins" },
  { methods: ["GET"], url: "/v1/bins/:id" },
  { methods: ["PUT"], url: "/v1/bins/mine" },
  { methods: ["GET"], url: "/docs/*" },
]);

test.each([
  ["/v1/bins", ["GET", "HEAD", "POST"]],
  ["/v1/bins/bin-1", ["GET"]],
  ["/v1/bins/mine", ["GET", "PUT"]],
  ["/docs/static/a.css", ["GET"]],
  ["/v1/bins/", []],
  ["/v1/bins/bin-1/level", []],
  ["/docs", []],
  ["/", []],
])("%s has %j", (path, methods) => {
  expect(methodsOf(path)).toEqual(methods);
});
