import { DatabaseSync } from "node:sqlite";
import { StoreError } from "@jumpa-madu/store/store-error";
import { describe, expect, test } from "vitest";
import { classOfError, databaseFaultOf } from "./database-fault.ts";

const withCode = (code: string) => Object.assign(new Error("words that do not count"), { code });

/** What SQLite itself throws for a statement. */
function sqliteError(statement: string): unknown {
  const database = new DatabaseSync(":memory:");
  database.exec("create table t (n integer not null check (n > 0)) strict; insert into t values (1)");
  try {
    database.exec(statement);
  } catch (error) {
    return error;
  }
  throw new Error("the statement was accepted");
}

describe("databaseFaultOf", () => {
  test.each([
    ["a CHECK that fails", "insert into t values (0)", "data"],
    ["NULL in a column that refuses it", "insert into t values (null)", "data"],
    ["a text for an integer", "insert into t values ('x')", "data"],
    ["a full file", "pragma max_page_count = 1; create table u (x)", "unavailable"],
    ["a table that is missing", "select * from nowhere", "unknown"],
  ])("SQLite: %s", (_name, statement, expected) => {
    expect(databaseFaultOf(sqliteError(statement))).toBe(expected);
  });

  test.each([
    ["23505", "data"],
    ["22P02", "data"],
    ["P0001", "data"],
    ["08006", "unavailable"],
    ["57P01", "unavailable"],
    ["53300", "unavailable"],
    ["40001", "unavailable"],
    ["42501", "unavailable"],
    ["42P01", "unknown"],
    ["ECONNREFUSED", "unavailable"],
    ["ETIMEDOUT", "unavailable"],
  ])("PostgreSQL and sockets: %s is %s", (code, expected) => {
    expect(databaseFaultOf(withCode(code))).toBe(expected);
  });

  test("a store that says it is unavailable is; an error without a code is not judged", () => {
    expect(databaseFaultOf(new StoreError("unavailable", "waited too long"))).toBe("unavailable");
    expect(databaseFaultOf(new Error("Connection terminated unexpectedly"))).toBe("unknown");
    expect(databaseFaultOf("text")).toBe("unknown");
  });

  test("the class of an error holds none of its words", () => {
    expect(classOfError(withCode("23505"))).toBe("Error 23505");
    expect(classOfError(sqliteError("insert into t values (0)"))).toBe("Error 275");
    expect(classOfError(new RangeError("secret"))).toBe("RangeError");
  });
});
