import type { RouteParts, TerminalServer } from "./terminal-parts.ts";
import { warningsOf } from "./verification.ts";

/** `GET /status`: how the terminal is, for its own screen and for whoever stands before it. */
export function statusRoute(app: TerminalServer, parts: RouteParts): void {
  app.get("/status", () => ({
    node: parts.node,
    version: parts.version,
    connected: parts.isConnected(),
    outbox: parts.outbox.backlog(),
    losses: parts.outbox.losses(),
    ports: parts.ports(),
    catalogue: { present: parts.catalogue.priceList() !== null, age_ms: parts.catalogue.ageMs() },
    config_version: parts.configVersion(),
    printer: { present: parts.printing.hasPrinter, waiting: parts.printing.waiting },
    notices: parts.notices(),
    warnings: warningsOf(
      parts.scales().map(({ name }) => name),
      { priceList: parts.catalogue.priceList(), nowMs: parts.nowMs() },
    ),
  }));
}
