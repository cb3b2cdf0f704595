import { sendProblem } from "./problems.ts";
import { purposesOf } from "./purpose.ts";
import type { RouteParts, TerminalServer } from "./terminal-parts.ts";

/**
 * `GET /catalogue`: what may be brought, in what condition and at which price now, and what for; 503 while there is no catalogue.
 *
 * Members and supervisors are left out: a page finds a member by card or number, and needs no list of people.
 */
export function catalogueRoute(app: TerminalServer, { catalogue, nowMs }: RouteParts): void {
  app.get("/catalogue", (_request, reply) => {
    const list = catalogue.priceList();
    if (list === null) return sendProblem(reply, { code: "no_catalogue" });
    const { paidBy } = list;
    const atMs = nowMs();
    return reply.send({
      waste_bank: list.wasteBank,
      waste_bank_name: list.wasteBankName,
      age_ms: catalogue.ageMs(),
      settlement: paidBy.settlement,
      share_bps: paidBy.settlement === "share_of_sale" ? paidBy.shareBps : null,
      purposes: purposesOf(paidBy),
      materials: list.materials.map(({ id, name, category, condition = "" }) => ({
        id,
        name,
        category,
        condition: condition === "" ? null : condition,
        price_idr_per_kg: list.priceAt(id, atMs)?.price_idr_per_kg ?? null,
      })),
    });
  });
}
