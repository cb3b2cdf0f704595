/** `GET /scans`: cards that are held before a reader, one `scan` event each, with the member whose card it is, or what to do about it. */
import { eventStreams, type StreamEvent } from "./event-stream.ts";
import type { RouteParts, TerminalServer } from "./terminal-parts.ts";
import { UNKNOWN_MEMBER_ADVICE } from "./unknown-member.ts";

/** Registers the stream. It tells of scans from its opening on: an old card must not choose a member. */
export function scanStreamRoute(app: TerminalServer, { limits, catalogue, latestScan }: RouteParts): void {
  const open = eventStreams(app, limits);

  app.get("/scans", (_request, reply) => {
    let told = latestScan()?.number ?? 0;
    return open(reply, (): StreamEvent[] => {
      const scan = latestScan();
      if (scan === null || scan.number === told) return [];
      told = scan.number;
      const { code, atMs } = scan;
      const member = catalogue.priceList()?.member(code) ?? null;
      const known = member === null ? null : { id: member.id, number: member.number, name: member.name };
      const advice = known === null ? { advice: UNKNOWN_MEMBER_ADVICE } : {};
      return [{ name: "scan", data: { code, t: atMs, member: known, ...advice } }];
    });
  });
}
