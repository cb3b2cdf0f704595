/** docs/DEVICES.md names every protocol and every notice. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { NOTICE_CODES } from "@jumpa-madu/contracts/notice";
import { BIN_SENSOR_PROTOCOLS, READER_PROTOCOLS, SCALE_PROTOCOLS } from "@jumpa-madu/contracts/protocols";
import { BIN_EVENTS } from "@jumpa-madu/contracts/readings";
import { expect, test } from "vitest";

const TEXT = readFileSync(resolve(import.meta.dirname, "../../../docs/DEVICES.md"), "utf8");

test.each([
  ["protocol of a scale", SCALE_PROTOCOLS],
  ["protocol of a bin sensor", BIN_SENSOR_PROTOCOLS],
  ["protocol of a reader", READER_PROTOCOLS],
  ["notice", NOTICE_CODES],
  ["event of a bin", BIN_EVENTS],
])("every %s is told of", (_what, names) => {
  expect(names.filter((name) => !TEXT.includes(`\`${name}\``) && !TEXT.includes(`"${name}"`))).toEqual([]);
});
