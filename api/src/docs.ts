/** Describes the HTTP face: OpenAPI 3.1 at /docs/json, for people at /docs. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { PROBLEM_MEDIA_TYPE } from "@jumpa-madu/contracts/problem";
import type { FastifyInstance, FastifySchema, RouteOptions } from "fastify";
import Type from "typebox";
import { DOCS_POLICY } from "./content-policy.ts";
import { MONEY_WORDS, type MoneyWords, TAGS } from "./docs-money.ts";
import { PERMISSIONS, type Permission } from "./permissions.ts";

/** Adds the description. Register before the routes, for it listens to them. */
export async function addDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Jumpa Madu",
        version: "1",
        description:
          "Bins and their levels, waste banks and their scales, members and their savings, and the money that goes in and out. Whatever moves money or grams has an `id` that the client draws (UUIDv7): sent again it is done once. Amounts are whole rupiah, weights whole grams; D is debit, C credit. How the books work: docs/BANK.md. Trouble is told as application/problem+json (RFC 9457). Lists are read by cursor, or as CSV.",
      },
      tags: TAGS,
      components: {
        securitySchemes: {
          session: { type: "http", scheme: "bearer", description: "token of POST /v1/sessions" },
          node: { type: "http", scheme: "basic", description: "id and secret of a node" },
        },
      },
    },
    transform: ({ schema, url, route }) => ({ schema: described(schema ?? {}, route), url }),
  });
  await app.register(async (scope) => {
    scope.addHook("onRoute", (route) => {
      route.config = { ...route.config, permission: "public" };
    });
    scope.addHook("onSend", async (_request, reply) => {
      reply.header("content-security-policy", DOCS_POLICY);
    });
    await scope.register(swaggerUi, { routePrefix: "/docs", uiConfig: { docExpansion: "none" } });
  });
}

/** Header of every write that is answered once; `answer-once.ts`. */
const KEY_HEADER = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: "printable ASCII; a repeat under the same key is not done again and gets the first answer",
    }),
  ),
});

/** What a route's own schemas do not say, for the description alone: nothing here is checked. */
function described(schema: FastifySchema, { method, url, config }: RouteOptions): FastifySchema {
  const permission = config?.permission;
  const verb = String([method].flat()[0]).toLowerCase();
  const hasSession = permission !== "public" && permission !== "node" && permission !== undefined;
  const words = MONEY_WORDS[`${verb.toUpperCase()} ${url}`];
  return {
    ...schema,
    ...(hasSession && { description: descriptionOf(schema.description, permission, words) }),
    ...(isRecord(schema.body) &&
      words?.example !== undefined && { body: { ...schema.body, examples: [words.example] } }),
    operationId: operationIdOf(verb, url),
    security: permission === "node" ? [{ node: [] }] : hasSession ? [{ session: [] }] : [],
    ...(verb === "post" && hasSession && { headers: KEY_HEADER }),
    ...(isRecord(schema.response) && { response: answersOf(schema.response, hasCsv(schema.querystring)) }),
  };
}

/** What the route says of itself, what it posts and refuses, and who may. */
function descriptionOf(
  own: string | undefined,
  permission: Permission,
  words: MoneyWords | undefined,
): string {
  const sentences = [
    own,
    words && `Posts: ${words.posts}.`,
    words && `Refuses: ${words.refuses}.`,
    permission in PERMISSIONS && `For ${PERMISSIONS[permission as keyof typeof PERMISSIONS].join(", ")}.`,
  ];
  return sentences.filter((sentence) => typeof sentence === "string").join("\n\n");
}

/** `GET /v1/nodes/:id/devices` is `getNodesByIdDevices`. */
function operationIdOf(verb: string, url: string): string {
  const parts = url
    .replace(/^\/v1\//, "/")
    .replaceAll(/:(\w)/g, "by-$1")
    .split(/[^A-Za-z]+/);
  return verb + parts.map((part) => part.slice(0, 1).toUpperCase() + part.slice(1)).join("");
}

/** Names the media type of trouble and, where a list can be had as CSV, that too. */
function answersOf(response: Record<string, unknown>, isCsv: boolean): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(response).map(([status, schema]) => {
      if (/^[45]/.test(status)) return [status, told("trouble", { [PROBLEM_MEDIA_TYPE]: { schema } })];
      if (status !== "200" || !isCsv) return [status, schema];
      const csv = {
        schema: Type.String({ description: "RFC 4180, with a header; every row without limit" }),
      };
      return [status, told("a page, or all rows", { "application/json": { schema }, "text/csv": csv })];
    }),
  );
}

function told(description: string, content: Record<string, unknown>) {
  return { description, content };
}

/** True when the route takes `format`, which all have that answer CSV. */
function hasCsv(querystring: unknown): boolean {
  return isRecord(querystring) && isRecord(querystring.properties) && "format" in querystring.properties;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
