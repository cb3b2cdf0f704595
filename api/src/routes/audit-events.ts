/** The audit log: who did what to what, and why. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { AuditEvent, AuditEventPage, AuditListQuery } from "@jumpa-madu/contracts/http/proof";
import { type KeptDeed, listDeeds } from "@jumpa-madu/store/audit-list";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { parseSpan, toIso } from "../moments.ts";
import { PROBLEMS } from "./problems.ts";

export const auditEventRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store }) => {
  app.get(
    "/v1/audit-events",
    {
      schema: {
        tags: ["proof"],
        summary: "Who did what, the latest first",
        querystring: AuditListQuery,
        response: { 200: AuditEventPage, ...PROBLEMS },
      },
      config: { permission: "audit_events.read" },
    },
    async (request, reply) => {
      const { actor = null, subject = null, action = null } = request.query;
      const filter = {
        actor,
        subject,
        action,
        ...parseSpan(request.query),
      };
      await sendList(request, reply, {
        item: AuditEvent,
        read: async (page) => {
          const { items, next } = await listDeeds(store.db, filter, page);
          return { items: items.map(toEvent), next };
        },
      });
    },
  );
};

function toEvent(deed: KeptDeed): AuditEvent {
  return {
    id: deed.id,
    at: toIso(deed.atMs),
    actor: deed.actor,
    action: deed.action,
    subject: deed.subject,
    reason: deed.reason,
    row_hash: deed.rowHash,
  };
}
