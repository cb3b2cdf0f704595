/** Health: is the process alive, and can it serve. */
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import type { TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import type { Vault } from "@jumpa-madu/store/vault";
import type { FastifyInstance } from "fastify";
import type { ConfigPublisher } from "./config-publisher.ts";
import { type FieldFault, ProblemError } from "./problem-error.ts";

/** How long a part may take to answer, in milliseconds. */
const PING_MS_MAX = 2_000;

/**
 * Adds GET /healthz and GET /readyz.
 *
 * A broker that is away is told of but leaves the api ready: pages and books work, and configurations are published when
 * it is back.
 */
export function addHealth(
  app: FastifyInstance,
  parts: { store: RelationalStore; telemetry: TelemetryStore; publisher: ConfigPublisher; vault: Vault },
): void {
  const options = {
    schema: { hide: true },
    config: { permission: "public" as const, rateLimit: false as const },
  };
  app.get("/healthz", options, async () => ({ status: "ok" }));
  app.get("/readyz", options, async (request) => {
    const faults = [
      await faultOf("/database", () => parts.store.ping()),
      await faultOf("/telemetry", () => parts.telemetry.ping()),
      await faultOf("/vault", () => parts.vault.ping()),
    ].filter((fault) => fault !== null);
    if (faults.length > 0) {
      request.log.warn({ faults }, "not ready");
      throw new ProblemError("unavailable", "not ready: a store does not answer", { faults });
    }
    const broker = parts.publisher.isConnected() ? "ok" : "away";
    return {
      status: broker === "ok" ? "ok" : "degraded",
      database: "ok",
      telemetry: "ok",
      vault: "ok",
      broker,
    };
  });
}

async function faultOf(path: string, ping: () => Promise<void>): Promise<FieldFault | null> {
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), PING_MS_MAX);
  try {
    const outcome = await Promise.race([ping(), late.promise]);
    return outcome === "late" ? { path, message: `did not answer within ${PING_MS_MAX} ms` } : null;
  } catch {
    return { path, message: "does not answer" };
  } finally {
    clearTimeout(timer);
  }
}
