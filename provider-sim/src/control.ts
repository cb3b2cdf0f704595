/**
 * The control calls under `/_control`: what no provider has and every test needs. JSON in, JSON out; 400 with the faults, 404, 409.
 *
 *     POST   /_control/faults            a fault of HTTP answers       {"fault":"hang","when":"after","path":"/v2/payouts"}
 *     GET    /_control/faults            what is armed
 *     DELETE /_control/faults            all faults off, those of webhooks too
 *     POST   /_control/webhook-faults    a fault of webhooks           {"fault":"duplicate","event":"payout.succeeded"}
 *     POST   /_control/advance           moves time on                 {"ms":80000}
 *     POST   /_control/top-up            puts money into a float       {"provider":"xendit","amountIdr":1000000}
 *     PUT    /_control/webhook           where webhooks go             {"provider":"flip","url":"http://127.0.0.1:3000/..."}
 *     PUT    /_control/holder            names an account's holder     {"accountNumber":"0812345678","name":"Nasabah Satu"}
 *     POST   /_control/move              moves a payout                {"provider":"xendit","id":"disb-...","status":"REVERSED"}
 *     GET    /_control/book              both books
 *     GET    /_control/history           requests, deliveries, counts of webhooks
 */
import { type Checker, checkerOf } from "@jumpa-madu/contracts/validate";
import type { FastifyInstance, FastifyRequest } from "fastify";
import Type from "typebox";
import { STATUSES } from "./book/payout.ts";
import { FAILURE_CODES } from "./destinations.ts";
import { faultOfOrder, HttpFaultOrder } from "./faults/http-fault.ts";
import { PROVIDERS } from "./provider-name.ts";
import { SimError } from "./sim-error.ts";
import type { Simulation } from "./simulation.ts";
import { faultOfWebhookOrder, WebhookFaultOrder } from "./webhooks/webhook-fault.ts";

/** Where the control calls begin. */
export const CONTROL_PATH = "/_control";

const closed = { additionalProperties: false };
const provider = Type.Enum(PROVIDERS);
/** Largest amount and longest step of time: ten years. */
const amount = Type.Integer({ minimum: 1, maximum: 1_000_000_000_000_000 });
const step = Type.Integer({ minimum: 0, maximum: 315_360_000_000 });

const httpFaults = checkerOf(HttpFaultOrder);
const webhookFaults = checkerOf(WebhookFaultOrder);
const advances = checkerOf(Type.Object({ ms: step }, closed));
const topUps = checkerOf(Type.Object({ provider, amountIdr: amount }, closed));
const webhooks = checkerOf(
  Type.Object(
    { provider, url: Type.Union([Type.String({ pattern: "^https?://", maxLength: 2_000 }), Type.Null()]) },
    closed,
  ),
);
const holders = checkerOf(
  Type.Object(
    {
      accountNumber: Type.String({ minLength: 1, maxLength: 100 }),
      name: Type.String({ minLength: 1, maxLength: 100 }),
    },
    closed,
  ),
);
const moves = checkerOf(
  Type.Object(
    {
      provider,
      id: Type.String(),
      status: Type.Enum(STATUSES),
      failureCode: Type.Optional(Type.Enum(FAILURE_CODES)),
    },
    closed,
  ),
);

/** Switches a fault of HTTP answers on and returns its number. Throws SimError ORDER_INVALID or FULL. */
export function armFault(simulation: Simulation, order: HttpFaultOrder): number {
  refuse(httpFaults, order, faultOfOrder);
  return simulation.faults.arm(order);
}

/** Switches a fault of webhooks on and returns its number. Throws SimError ORDER_INVALID or FULL. */
export function armWebhookFault(simulation: Simulation, order: WebhookFaultOrder): number {
  refuse(webhookFaults, order, faultOfWebhookOrder);
  return simulation.webhookFaults.arm(order);
}

/** Says where webhooks go; null: nowhere. Throws SimError ORDER_INVALID. */
export function setWebhook(simulation: Simulation, order: { provider: string; url: string | null }): void {
  const { provider: name, url } = checked(webhooks, order);
  simulation.webhooks.urls[name] = url;
}

/** Adds the calls. */
export async function controlRoutes(app: FastifyInstance, simulation: Simulation): Promise<void> {
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof SimError)) throw error;
    const status = { ORDER_INVALID: 400, UNKNOWN: 404 }[error.code as string] ?? 409;
    return reply.code(status).send({ ok: false, error: error.message });
  });

  app.post("/faults", async (request) => ({ ok: true, id: armFault(simulation, read(httpFaults, request)) }));
  app.get("/faults", async () => ({
    faults: simulation.faults.list(),
    webhookFaults: simulation.webhookFaults.list(),
  }));
  app.delete("/faults", async () => {
    simulation.faults.disarm();
    simulation.webhookFaults.disarm();
    return { ok: true };
  });
  app.post("/webhook-faults", async (request) => ({
    ok: true,
    id: armWebhookFault(simulation, read(webhookFaults, request)),
  }));
  app.post("/advance", async (request) => {
    await simulation.advance(read(advances, request).ms);
    return { ok: true, nowMs: simulation.nowMs() };
  });
  app.post("/top-up", async (request) => {
    const { provider: name, amountIdr } = read(topUps, request);
    simulation.topUp(name, amountIdr);
    return { ok: true };
  });
  app.put("/webhook", async (request) => {
    setWebhook(simulation, read(webhooks, request));
    return { ok: true };
  });
  app.put("/holder", async (request) => {
    const { accountNumber, name } = read(holders, request);
    if (!simulation.holders.name(accountNumber, name))
      throw new SimError("FULL", "too many holders are named");
    return { ok: true };
  });
  app.post("/move", async (request) => {
    const { provider: name, ...to } = read(moves, request);
    if (!simulation.move(name, to))
      throw new SimError("FULL", `the payout may not become ${to.status} from where it is`);
    return { ok: true };
  });
  app.get("/book", async () => ({
    xendit: simulation.books.xendit.view(),
    flip: simulation.books.flip.view(),
  }));
  app.get("/history", async () => ({
    requests: simulation.requests.list(),
    deliveries: simulation.webhooks.deliveries(),
    webhooks: simulation.webhooks.counts(),
  }));
}

function read<T>(checker: Checker<T>, request: FastifyRequest): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "");
  } catch (cause) {
    throw new SimError("ORDER_INVALID", "the body must be JSON", { cause });
  }
  return checked(checker, value);
}

function checked<T>(checker: Checker<T>, value: unknown): T {
  const outcome = checker.check(value);
  if (!outcome.ok) throw new SimError("ORDER_INVALID", outcome.faults.join("; "));
  return outcome.value;
}

function refuse<T>(checker: Checker<T>, value: unknown, faultOf: (order: T) => string | null): void {
  const fault = faultOf(checked(checker, value));
  if (fault !== null) throw new SimError("ORDER_INVALID", fault);
}
