import { newEventId } from "@jumpa-madu/contracts/ids";
import type { KyselyPlugin } from "kysely";
import { expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import { faultOfDeposit } from "./deposit-check.ts";
import { depositOf, lineOf, sampleBooks } from "./sample-books.ts";

onEachEngine("the check of a deposit", (suite) => {
  /** Checks a deposit of 100 lines, of which one may be changed, and counts the statements. */
  async function checked(change: Record<string, unknown> = {}) {
    const books = await sampleBooks(suite.store);
    const lines = Array.from({ length: 100 }, (_, at) => ({
      ...lineOf(books, at % 2 ? "pet" : "paper", 1_000 + at),
      ...(at === 76 ? change : {}),
    }));
    let statements = 0;
    const counting: KyselyPlugin = {
      transformQuery({ node }) {
        statements++;
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const fault = await suite.store.transaction((tx) =>
      faultOfDeposit(tx.withPlugin(counting), books.node, depositOf(books, lines)),
    );
    return { fault, statements };
  }

  it("takes three statements, however many lines the deposit has", async () => {
    expect(await checked()).toEqual({ fault: null, statements: 3 });
  });

  it("takes a fourth when weights were typed, and reads no supervisor twice", async () => {
    const typed = { supervisor: newEventId(), reason: "scale broken" };
    const { fault, statements } = await checked({ stable: null, raw: undefined, typed });
    expect(fault).toMatchObject({ code: "unknown_supervisor", reason: expect.stringMatching(/^line 77: /) });
    expect(statements).toBe(4);
  });

  it("names the line at fault", async () => {
    const { fault } = await checked({ scale: "scale-other" });
    expect(fault).toMatchObject({ code: "unknown_device", reason: expect.stringMatching(/^line 77: /) });
  });
});
