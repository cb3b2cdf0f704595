import { newEventId } from "@jumpa-madu/contracts/ids";
import type { KyselyPlugin } from "kysely";
import { expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import { checkDeposit, groundOf } from "./deposit-check.ts";
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
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        statements++;
        return result;
      },
    };
    const sent = { node: books.node, deposit: depositOf(books, lines) };
    const check = await suite.store.transaction(async (tx) => {
      const counted = tx.withPlugin(counting);
      const { ground } = await groundOf(counted, sent, []);
      return checkDeposit(sent, ground);
    });
    return { check, statements };
  }

  const few = suite.engine === "postgres" ? 1 : 5;

  it(`takes ${few} statements, however many lines the deposit has`, async () => {
    expect(await checked()).toEqual({ check: { ok: true, differences: [], excessIdr: 0 }, statements: few });
  });

  it("takes one more when weights were typed, and reads no supervisor twice", async () => {
    const typed = { supervisor: newEventId(), reason: "scale broken" };
    const { check, statements } = await checked({ stable: null, raw: undefined, typed });
    expect(check).toMatchObject({ code: "unknown_supervisor", reason: expect.stringMatching(/^line 77: /) });
    expect(statements).toBe(few + 1);
  });

  it("names the line at fault", async () => {
    const { check } = await checked({ scale: "scale-other" });
    expect(check).toMatchObject({ code: "unknown_device", reason: expect.stringMatching(/^line 77: /) });
  });
});
