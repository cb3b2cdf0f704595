/** Books of members: opened, chosen, closed, and money moved between them. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  Book,
  BookListQuery,
  BookMove,
  BookPage,
  ListedBook,
  NewBook,
  NewBookMove,
  Reasoned,
} from "@jumpa-madu/contracts/http/savings";
import {
  type BookOutcome,
  closeBook,
  makeDefault,
  openBook,
  reopenBook,
} from "@jumpa-madu/store/book-changes";
import { listBooks } from "@jumpa-madu/store/book-list";
import { moveBetweenBooks } from "@jumpa-madu/store/book-moves";
import type { Tx } from "@jumpa-madu/store/relational-store";
import type { FastifyReply, FastifyRequest } from "fastify";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { bookInScope, toBook } from "./book-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";
import { unlessRefused } from "./savings-refusal.ts";

const WORDS = { exists: "there is such a book already", unknown: "the member or the waste bank is unknown" };

export const bookRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/members/:id/books",
    {
      schema: {
        tags: ["savings"],
        summary: "Books of a member at every waste bank, with what is on them",
        description: "An operator sees those of the own waste bank alone, wherever the member is registered.",
        params: EventPath,
        querystring: BookListQuery,
        response: { 200: BookPage, ...PROBLEMS },
      },
      config: { permission: "books.read" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const member = request.params.id;
      const wasteBank = wasteBankInScope(caller, null);
      if (caller.role === "member" && caller.member !== member)
        throw new ProblemError("not_found", "there is no such member");
      await sendList(request, reply, {
        item: ListedBook,
        // All on one page: a member has few books.
        read: async () => {
          const books = await listBooks(store.db, { member, wasteBank, nowMs: nowMs() });
          return { items: books.map((book) => ({ ...toBook(book), open_on: book.openOn })), next: null };
        },
      });
    },
  );

  app.post(
    "/v1/books",
    {
      schema: {
        tags: ["savings"],
        summary: "Open a book for a member, at whichever waste bank",
        body: NewBook,
        response: { 201: Book, ...PROBLEMS },
      },
      config: { permission: "books.write" },
    },
    async (request, reply) => {
      const { member, waste_bank: wasteBank, product, default: isDefault = false } = request.body;
      wasteBankInScope(callerOf(request), wasteBank);
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: WORDS,
        work: async (tx) => {
          const wanted = { member, wasteBank, product, isDefault };
          const { book } = unlessRefused(await openBook(tx, wanted, doer(request)));
          return { status: 201, body: toBook(book) };
        },
      });
    },
  );

  app.put(
    "/v1/books/:id/default",
    {
      schema: {
        tags: ["savings"],
        summary: "Let a book take the member's deposits at its waste bank that name no product",
        params: EventPath,
        response: { 200: Book, ...PROBLEMS },
      },
      config: { permission: "books.write" },
    },
    (request, reply) => change(request, reply, (tx, id) => makeDefault(tx, id, doer(request))),
  );

  app.post(
    "/v1/books/:id/close",
    {
      schema: {
        tags: ["savings"],
        summary: "Close a book with nothing on it; it takes no deposits any more",
        params: EventPath,
        body: Reasoned,
        response: { 200: Book, ...PROBLEMS },
      },
      config: { permission: "books.write" },
    },
    (request, reply) => {
      const { reason } = request.body;
      return change(request, reply, (tx, id) => closeBook(tx, { id, reason }, doer(request)));
    },
  );

  app.post(
    "/v1/books/:id/reopen",
    {
      schema: {
        tags: ["savings"],
        summary: "Open a closed book again; its lock counts from now",
        params: EventPath,
        body: Reasoned,
        response: { 200: Book, ...PROBLEMS },
      },
      config: { permission: "books.write" },
    },
    (request, reply) => {
      const { reason } = request.body;
      return change(request, reply, (tx, id) => reopenBook(tx, { id, reason }, doer(request)));
    },
  );

  app.post(
    "/v1/book-moves",
    {
      schema: {
        tags: ["savings"],
        summary:
          "Move money between two books of a member at one waste bank, by the rules of the one it leaves",
        body: NewBookMove,
        response: { 200: BookMove, 201: BookMove, ...PROBLEMS },
      },
      config: { permission: "books.write" },
    },
    async (request, reply) => {
      const { id, from, to, amount_idr: amountIdr } = request.body;
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: WORDS,
        work: async (tx) => {
          await bookInScope(tx, callerOf(request), from);
          const outcome = await moveBetweenBooks(tx, { id, from, to, amountIdr }, doer(request));
          const { kind, move } = unlessRefused(outcome);
          const { journal, movedBy, movedMs } = move;
          return {
            status: kind === "moved" ? 201 : 200,
            body: {
              id,
              from,
              to,
              amount_idr: amountIdr,
              journal,
              moved_by: movedBy,
              moved_at: toIso(movedMs),
            },
          };
        },
      });
    },
  );

  function doer(request: FastifyRequest) {
    return { actor: `user:${callerOf(request).id}`, nowMs: nowMs() };
  }

  async function change(
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
    deed: (tx: Tx, id: string) => Promise<BookOutcome>,
  ): Promise<void> {
    const { id } = request.params;
    await answerOnce(request, reply, {
      store,
      nowMs: nowMs(),
      words: WORDS,
      work: async (tx) => {
        await bookInScope(tx, callerOf(request), id);
        return { status: 200, body: toBook(unlessRefused(await deed(tx, id)).book) };
      },
    });
  }
};
