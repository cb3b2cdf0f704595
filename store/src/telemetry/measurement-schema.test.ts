import { READING_SCHEMAS } from "@jumpa-madu/contracts/readings";
import { expect, test } from "vitest";
import { MEASUREMENT_NAMES, MEASUREMENTS, PLACE_TAGS, tagFault } from "./measurement-schema.ts";
import { levelPoint } from "./telemetry-points.ts";
import { NUMERIC_FIELDS } from "./telemetry-store.ts";

test("the table holds every property of every reading, besides its kind, name and time", () => {
  expect([...MEASUREMENT_NAMES].sort()).toEqual(Object.keys(READING_SCHEMAS).sort());
  for (const kind of MEASUREMENT_NAMES) {
    const { seriesTag, fields } = MEASUREMENTS[kind];
    const properties = Object.keys(READING_SCHEMAS[kind].properties).filter(
      (property) => !["kind", "t", seriesTag].includes(property),
    );
    expect(fields.map(({ name }) => name).sort(), kind).toEqual(properties.sort());
  }
});

test("fields that can be asked for are numbers of the table", () => {
  for (const kind of MEASUREMENT_NAMES) {
    const numbers = MEASUREMENTS[kind].fields.filter(({ type }) => type === "integer" || type === "float");
    expect(numbers.map(({ name }) => name).sort(), kind).toEqual([...NUMERIC_FIELDS[kind]].sort());
  }
});

test("no tag shares its name with a field", () => {
  for (const kind of MEASUREMENT_NAMES) {
    const { seriesTag, fields } = MEASUREMENTS[kind];
    const tags: string[] = [seriesTag, ...PLACE_TAGS];
    expect(
      fields.filter(({ name }) => tags.includes(name)),
      kind,
    ).toEqual([]);
  }
});

test("a tag that is no name is told", () => {
  expect(tagFault(levelPoint())).toBeNull();
  expect(tagFault(levelPoint({}, { site: "", zone: "" }))).toBeNull();
  expect(tagFault(levelPoint({ bin: "" }))).toContain("series");
  expect(tagFault(levelPoint({}, { node: "" }))).toContain("node");
  expect(tagFault(levelPoint({}, { site: "a b" }))).toContain("site");
  expect(tagFault(levelPoint({}, { zone: "a\nb" }))).toContain("zone");
});
