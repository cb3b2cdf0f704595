/** The one error handler: whatever goes wrong leaves as a problem, and nothing of our inside leaves with it. */
import { StoreError } from "@jumpa-madu/store/store-error";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { APP_LIMITS } from "./app-limits.ts";
import { faultsOf } from "./field-faults.ts";
import { ProblemError, sendProblem } from "./problem-error.ts";

/** SQLSTATE classes and system codes that mean: the database is away, not: the request is wrong. */
const AWAY = /^(08|53|57P|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_)/;

/** Turns an error into an answer. Logs what is ours to mend. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error, request);
  if (problem.status === 500) request.log.error({ err: error }, "request failed");
  else if (problem.status === 503) request.log.warn({ err: error }, "request refused, a part is away");
  sendProblem(reply, problem);
}

/** Answers when no route fits; `methods` are those that the path has. */
export function handleUnknownRoute(
  request: FastifyRequest,
  reply: FastifyReply,
  methods: (path: string) => string[],
): void {
  const path = pathOf(request.url);
  const allow = methods(path).join(", ");
  const problem =
    allow === ""
      ? new ProblemError("not_found", `there is no ${request.method} ${path}`)
      : new ProblemError("method_not_allowed", `${path} does not take ${request.method}; it takes ${allow}`, {
          headers: { allow },
        });
  sendProblem(reply, problem);
}

/** The problem that an error stands for. */
function toProblem(error: unknown, request: FastifyRequest): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isFastifyError(error)) {
    const known = problemOfFramework(error, request);
    if (known !== null) return known;
  }
  if (error instanceof StoreError && error.code === "name_taken")
    return new ProblemError("exists", error.message, { cause: error });
  if (error instanceof StoreError && error.code !== "migration_failed" && error.code !== "unsupported_url") {
    return new ProblemError("unavailable", "a store does not answer; try again later", {
      headers: { "retry-after": "5" },
      cause: error,
    });
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (AWAY.test(code)) {
    return new ProblemError("unavailable", "the database does not answer; try again later", {
      headers: { "retry-after": "5" },
      cause: error,
    });
  }
  return new ProblemError("internal", "something went wrong here; it is in the log under this request's id", {
    cause: error,
  });
}

/** Parts of a request in the words of whoever asks, where Fastify has its own. */
const PART_NAMES: Record<string, string> = { params: "path", querystring: "query" };

function problemOfFramework(error: FastifyError, request: FastifyRequest): ProblemError | null {
  if (error.validation !== undefined) {
    const part = error.validationContext ?? "request";
    return new ProblemError("invalid", `the ${PART_NAMES[part] ?? part} is not what this route takes`, {
      faults: faultsOf(part, error.validation, schemaOf(request, part)),
    });
  }
  switch (error.statusCode) {
    case 400:
      return new ProblemError(
        "malformed",
        "the request is malformed: its body must be JSON, its URL well encoded",
      );
    case 406:
      return new ProblemError("not_acceptable", "this cannot be had in the form that is asked for");
    case 413:
      return new ProblemError(
        "too_large",
        `the body is too large; the most is ${APP_LIMITS.bodyBytesMax / 1024} KiB`,
      );
    case 414:
      return new ProblemError("not_found", "the path is too long to be one of ours");
    case 415:
      return new ProblemError("unsupported_media_type", "the body must be application/json");
    case 503:
      return new ProblemError("unavailable", "too much at once; try again later", {
        headers: { "retry-after": "5" },
      });
    case 404:
      return new ProblemError("not_found", "there is no such file");
    case 403:
      return new ProblemError("forbidden", "this is not given out");
    default:
      return null;
  }
}

/** The schema of one part of the route's requests. */
function schemaOf({ routeOptions }: FastifyRequest, part: string): unknown {
  return (routeOptions.schema as Record<string, unknown> | undefined)?.[part];
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && ("validation" in error || "statusCode" in error);
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? url;
}
