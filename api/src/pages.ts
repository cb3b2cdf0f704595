/** Serves the built pages at /. */
import { sep } from "node:path";
import serveStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** Vite writes a file's hash into its name here, so what a name once meant it means for ever. */
const HASHED_DIR = `${sep}assets${sep}`;

/** Adds the pages; nothing when there are none. */
export async function addPages(app: FastifyInstance, pagesDir: string | null): Promise<void> {
  if (pagesDir === null) return;
  await app.register(async (scope) => {
    scope.addHook("onRoute", (route) => {
      route.config = { ...route.config, permission: "public" };
      route.schema = { ...route.schema, hide: true };
    });
    await scope.register(serveStatic, {
      root: pagesDir,
      prefix: "/",
      wildcard: false,
      cacheControl: false,
      decorateReply: false,
      setHeaders: (reply, path) => {
        reply.header(
          "cache-control",
          path.includes(HASHED_DIR) ? "public, max-age=31536000, immutable" : "no-cache",
        );
      },
    });
  });
}
