/** Builds the HTTP face: plugins, hooks, and each resource by name. Listens to nothing; `main.ts` does. */
import { randomUUID } from "node:crypto";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import underPressure from "@fastify/under-pressure";
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import type { TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import type { Vault } from "@jumpa-madu/store/vault";
import fastify, { type FastifyBaseLogger, type FastifyInstance, type RouteOptions } from "fastify";
import { APP_LIMITS, type AppLimits } from "./app-limits.ts";
import { identify } from "./auth/identify.ts";
import { refuseUnknownWasteBank } from "./auth/scope.ts";
import type { ConfigPublisher } from "./config-publisher.ts";
import { CONTENT_POLICY } from "./content-policy.ts";
import { addDocs } from "./docs.ts";
import { tagAnswer } from "./entity-tag.ts";
import { handleError, handleUnknownRoute } from "./error-handler.ts";
import { addHealth } from "./health.ts";
import { addMetrics, type MetricsOptions } from "./metrics.ts";
import { addPages } from "./pages.ts";
import { pathMethods } from "./path-methods.ts";
import { type Permission, requirePermission } from "./permissions.ts";
import { ProblemError } from "./problem-error.ts";
import { auditEventRoutes } from "./routes/audit-events.ts";
import { binEventRoutes } from "./routes/bin-events.ts";
import { binRoutes } from "./routes/bins.ts";
import { bookRoutes } from "./routes/books.ts";
import { cashMovementRoutes } from "./routes/cash-movements.ts";
import { catalogueRoutes } from "./routes/catalogue.ts";
import { closeRoutes } from "./routes/closes.ts";
import { depositChangeRoutes } from "./routes/deposit-changes.ts";
import { depositDifferenceRoutes } from "./routes/deposit-differences.ts";
import { depositRoutes } from "./routes/deposits.ts";
import { destinationRoutes } from "./routes/destinations.ts";
import { deviceRoutes } from "./routes/devices.ts";
import { expenseRoutes } from "./routes/expenses.ts";
import { massWithdrawalRoutes } from "./routes/mass-withdrawals.ts";
import { materialRoutes } from "./routes/materials.ts";
import { memberAccountRoutes } from "./routes/member-account.ts";
import { memberCardRoutes } from "./routes/member-cards.ts";
import { memberConsentRoutes } from "./routes/member-consents.ts";
import { memberEndingRoutes } from "./routes/member-endings.ts";
import { memberPinRoutes } from "./routes/member-pins.ts";
import { memberRoutes } from "./routes/members.ts";
import { nodeProfileRoutes } from "./routes/node-profiles.ts";
import { nodeRoutes } from "./routes/nodes.ts";
import { offTakerRoutes } from "./routes/off-takers.ts";
import { oversightRoutes } from "./routes/oversight.ts";
import { owedSettlementRoutes } from "./routes/owed-settlements.ts";
import { passbookRoutes } from "./routes/passbooks.ts";
import { payoutDecisionRoutes } from "./routes/payout-decisions.ts";
import { payoutOversightRoutes } from "./routes/payout-oversight.ts";
import { payoutRuleRoutes } from "./routes/payout-rules.ts";
import { payoutRoutes } from "./routes/payouts.ts";
import { priceRoutes } from "./routes/prices.ts";
import { remoteSensorRoutes } from "./routes/remote-sensors.ts";
import { salePaymentRoutes } from "./routes/sale-payments.ts";
import { saleRoutes } from "./routes/sales.ts";
import { savingsProductRoutes } from "./routes/savings-products.ts";
import { scaleRoutes } from "./routes/scales.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { shiftRoutes } from "./routes/shifts.ts";
import { solvencyRoutes } from "./routes/solvency.ts";
import { stockRoutes } from "./routes/stock.ts";
import { stockCountRoutes } from "./routes/stock-counts.ts";
import { telemetryRoutes } from "./routes/telemetry.ts";
import { termsRoutes } from "./routes/terms.ts";
import { userAccessRoutes } from "./routes/user-access.ts";
import { userPinRoutes } from "./routes/user-pins.ts";
import { userRoutes } from "./routes/users.ts";
import { wasteBankRoutes } from "./routes/waste-banks.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { zoneRoutes } from "./routes/zones.ts";

/** What the resources stand on. */
export interface Rooms {
  store: RelationalStore;
  telemetry: TelemetryStore;
  publisher: ConfigPublisher;
  /** Opens and seals personal data. */
  vault: Vault;
  /** Who pays out what is not paid in cash; null: cash alone. */
  payoutProvider: PayoutProviderId | null;
  /** The clock, in milliseconds since 1970. */
  nowMs: () => number;
}

export interface AppOptions extends Rooms {
  log: FastifyBaseLogger;
  /** Requests a minute of one user, or of one address when nobody is signed in. */
  ratePerMinute: number;
  /** Addresses whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  /** Event-loop delay beyond which requests are answered 503, in milliseconds; 0: never. */
  eventLoopDelayMsMax: number;
  metrics: MetricsOptions;
  /** Folder of the built pages; null when there are none. */
  pagesDir: string | null;
  /** APP_LIMITS when absent. */
  limits?: Partial<AppLimits>;
}

/** Builds the app. Throws when a route declares no permission: then nothing is served rather than too much. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const limits = { ...APP_LIMITS, ...options.limits };
  const app = fastify({
    loggerInstance: options.log,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMsMax,
    connectionTimeout: limits.idleMsMax,
    // Node looks for late requests every 30 s unless told otherwise.
    http: { connectionsCheckingInterval: limits.requestMsMax / 2 },
    trustProxy: options.trustedProxies.length > 0 ? options.trustedProxies : false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    routerOptions: { ignoreTrailingSlash: false },
    frameworkErrors: handleError,
  })
    .withTypeProvider<TypeBoxTypeProvider>()
    .setValidatorCompiler(TypeBoxValidatorCompiler)
    .setErrorHandler(handleError);

  // Node swaps the two timeouts when this one, 60 s by default, is the longer.
  app.server.headersTimeout = limits.requestMsMax;
  app.server.maxConnections = limits.connectionsMax;
  // Fastify takes it besides JSON, and no route of ours wants it.
  app.removeContentTypeParser("text/plain");
  refuseUndeclared(app);
  addGuards(app, options);
  await addLimits(app, { ...options, limits });
  addMetrics(app, options.metrics);
  addHealth(app, options);
  await addDocs(app);
  await addPages(app, options.pagesDir);
  for (const routes of ROUTES) await app.register(routes, options);
  await app.ready();
  return app;
}

const ROUTES = [
  sessionRoutes,
  userRoutes,
  userAccessRoutes,
  userPinRoutes,
  zoneRoutes,
  wasteBankRoutes,
  nodeRoutes,
  nodeProfileRoutes,
  deviceRoutes,
  webhookRoutes,
  remoteSensorRoutes,
  catalogueRoutes,
  binRoutes,
  binEventRoutes,
  scaleRoutes,
  materialRoutes,
  priceRoutes,
  termsRoutes,
  offTakerRoutes,
  saleRoutes,
  salePaymentRoutes,
  stockCountRoutes,
  stockRoutes,
  memberRoutes,
  memberAccountRoutes,
  memberCardRoutes,
  memberConsentRoutes,
  memberPinRoutes,
  memberEndingRoutes,
  depositRoutes,
  depositChangeRoutes,
  depositDifferenceRoutes,
  savingsProductRoutes,
  bookRoutes,
  passbookRoutes,
  massWithdrawalRoutes,
  shiftRoutes,
  cashMovementRoutes,
  expenseRoutes,
  solvencyRoutes,
  payoutRoutes,
  payoutDecisionRoutes,
  owedSettlementRoutes,
  payoutOversightRoutes,
  payoutRuleRoutes,
  destinationRoutes,
  oversightRoutes,
  closeRoutes,
  auditEventRoutes,
  telemetryRoutes,
];

/** Who asks, and whether they may, in that order: before the body is read. */
function addGuards(app: FastifyInstance, { store, nowMs }: Rooms): void {
  app.decorateRequest("caller", null);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    request.caller = await identify(store.db, request.headers.authorization, nowMs());
  });
  // After every onRequest hook, so that the rate limit also counts those who are turned away here.
  app.addHook("preParsing", async (request) => {
    if (!request.is404) requirePermission(request.routeOptions.config.permission, request.caller);
  });
  app.addHook("preHandler", async ({ caller, query }) => refuseUnknownWasteBank(store.db, caller, query));
  app.addHook("onSend", async (request, reply, payload) => {
    if (request.caller !== null && !reply.hasHeader("cache-control"))
      reply.header("cache-control", "private, no-cache");
    return await tagAnswer(request, reply, payload);
  });
}

async function addLimits(app: FastifyInstance, options: AppOptions & { limits: AppLimits }): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: options.eventLoopDelayMsMax,
    pressureHandler: (request) => {
      if (HEALTH_PATHS.has(request.url)) return;
      throw new ProblemError("unavailable", "too much at once; try again later", {
        headers: { "retry-after": "5" },
      });
    },
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: CONTENT_POLICY,
    },
  });
  await app.register(rateLimit, {
    global: true,
    max: options.ratePerMinute,
    timeWindow: 60_000,
    cache: options.limits.rateCountersMax,
    allowList: (request) => HEALTH_PATHS.has(request.url),
    keyGenerator: (request) => request.caller?.id ?? request.ip,
    errorResponseBuilder: (_request, { ttl }) =>
      new ProblemError(
        "too_many_requests",
        `too many requests; try again in ${Math.ceil(ttl / 1_000)} seconds`,
      ),
  });
  let methodsOf: ReturnType<typeof pathMethods> | null = null;
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    // Not before, because the routes are still to come.
    methodsOf ??= pathMethods(app.declaredRoutes());
    handleUnknownRoute(request, reply, methodsOf);
  });
}

const HEALTH_PATHS = new Set(["/healthz", "/readyz", "/metrics"]);

/** Keeps the list of routes, and refuses to start with one that says nothing of who may call it. */
function refuseUndeclared(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  app.decorate("declaredRoutes", () =>
    routes.map(({ method, url, config }) => ({
      methods: [method].flat(),
      url,
      permission: config?.permission,
    })),
  );
  app.addHook("onRoute", (route) => void routes.push(route));
  app.addHook("onReady", async () => {
    const undeclared = routes.filter(({ config }) => config?.permission === undefined);
    if (undeclared.length === 0) return;
    const names = undeclared.map(({ method, url }) => `${String(method)} ${url}`);
    throw new TypeError(`routes without a permission: ${names.join(", ")}`);
  });
}

declare module "fastify" {
  interface FastifyInstance {
    /** Every route with the permission that it asks for, for the test of the table. */
    declaredRoutes(): { methods: string[]; url: string; permission: Permission | undefined }[];
  }
}
