/** Logs of the api: which fields never reach them. */

/**
 * Paths that pino writes as [redacted], at any of the depths that our objects have. `detail` is where PostgreSQL's errors
 * quote the row that they are about.
 */
const LOG_REDACTIONS = [
  "authorization",
  "password",
  "token",
  "secret",
  "phone",
  "address",
  "contact",
  "nik",
  "pin",
  "detail",
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** Options of the root logger. */
export function loggerOptions(level: string) {
  return {
    level,
    redact: { paths: LOG_REDACTIONS, censor: "[redacted]" },
    serializers: {
      /** The query is left out: it may hold a person's name or number. */
      req: (request: { method: string; url: string; ip?: string }) => ({
        method: request.method,
        path: request.url.split("?", 1)[0],
        ip: request.ip,
      }),
    },
  };
}
