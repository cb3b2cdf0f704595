/** Entity tags (RFC 9110 §8.8.3): a page that asks every two seconds is told "unchanged" instead of the same again. */
import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Strong tag of a body. */
function entityTagOf(body: string): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
}

/** True when If-None-Match names the tag. Comparison is weak, as §13.1.2 asks. */
function isUnchanged(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === tag);
}

/** onSend hook: tags what GET answers, and answers 304 in place of what the asker has already. */
export async function tagAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  if (request.method !== "GET" || reply.statusCode !== 200 || typeof payload !== "string") return payload;
  const tag = entityTagOf(payload);
  reply.header("etag", tag);
  if (!isUnchanged(request.headers["if-none-match"], tag)) return payload;
  reply.code(304).removeHeader("content-length");
  return null;
}
