/**
 * One request to a payment provider, and what became of it.
 *
 * Trouble of the network is a value, because what is to be done hangs on one question that it must answer: can the request
 * have arrived? `sent: "no"` is said only where no connection came about: the address refused it, or its name could not be
 * resolved. Everything else (a reset, silence, an answer that breaks off, a handshake that fails, a network that is not
 * reached) is `"maybe"`: each may come after the provider has taken the payout, or from something in between that has
 * passed it on. A payout that was maybe sent is looked up, never taken for unpaid.
 *
 * Redirects are not followed: a redirect is an answer like any other, and no provider has a reason for one.
 */

/** Longest that a request may take, to the last byte of its answer, in milliseconds. */
export const PROVIDER_TIMEOUT_MS = 30_000;

/** Bytes of an answer, unpacked; a list of payouts by one reference has some 2 KiB. Beyond, the answer is trouble. */
export const PROVIDER_ANSWER_BYTES_MAX = 256 * 1024;

/** Why there is no answer. */
export const TROUBLE_KINDS = [
  "refused",
  "dns",
  "timeout",
  "reset",
  "tls",
  /** The service ends. */
  "stopped",
  "too_large",
  "malformed",
  "other",
] as const;
export type TroubleKind = (typeof TROUBLE_KINDS)[number];

/** No answer. */
export interface ProviderTrouble {
  kind: TroubleKind;
  /** `no`: the request has provably not arrived. */
  sent: "no" | "maybe";
  /** Code of the system or of the HTTP client, for the log; holds no address and no content. */
  code: string;
}

/** An answer, whatever it says. */
export interface ProviderAnswer {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
}

export type Fetched = { ok: true; answer: ProviderAnswer } | { ok: false; trouble: ProviderTrouble };

export interface ProviderRequest {
  method: "GET" | "POST";
  url: string;
  /** Holds the secret key; never logged. */
  headers: Record<string, string>;
  body?: Uint8Array;
}

/** How requests are sent. */
export interface FetchOptions {
  /** Aborts when the service ends. */
  signal: AbortSignal;
  /** PROVIDER_TIMEOUT_MS when absent. */
  timeoutMs?: number;
  /** PROVIDER_ANSWER_BYTES_MAX when absent. */
  answerBytesMax?: number;
}

/** Sends one request. Never throws for trouble of the network; throws TypeError for a URL or header that is none. */
export async function providerFetch(
  request: ProviderRequest,
  { signal, timeoutMs = PROVIDER_TIMEOUT_MS, answerBytesMax = PROVIDER_ANSWER_BYTES_MAX }: FetchOptions,
): Promise<Fetched> {
  const { method, url, headers, body } = request;
  // Made before the first await, so that a defect in them is thrown and not taken for trouble of the network.
  const made = new Request(url, {
    method,
    headers: { ...headers, "accept-encoding": "identity" },
    redirect: "manual",
    // A copy: the kept bytes are never handed to somebody who might change them.
    ...(body === undefined ? {} : { body: Uint8Array.from(body) }),
  });
  if (signal.aborted) return { ok: false, trouble: { kind: "stopped", sent: "no", code: "stopped" } };
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    const response = await fetch(made, { signal: AbortSignal.any([signal, late.signal]) });
    const bytes = await readWithin(response, answerBytesMax);
    if (bytes === null)
      return { ok: false, trouble: { kind: "too_large", sent: "maybe", code: "too_large" } };
    return { ok: true, answer: { status: response.status, headers: response.headers, bytes } };
  } catch (error) {
    if (late.signal.aborted)
      return { ok: false, trouble: { kind: "timeout", sent: "maybe", code: "timeout" } };
    if (signal.aborted) return { ok: false, trouble: { kind: "stopped", sent: "maybe", code: "stopped" } };
    return { ok: false, trouble: troubleOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** The body; null when it is longer, of which no more is read then. */
async function readWithin(response: Response, bytesMax: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    // Leaving the loop cancels the stream, which closes the connection.
    if (length > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Codes after which no connection can have come about. */
const NOT_SENT: Readonly<Record<string, TroubleKind>> = {
  ECONNREFUSED: "refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
};

/** Codes after which the request may have arrived. */
const MAYBE_SENT: Readonly<Record<string, TroubleKind>> = {
  ECONNRESET: "reset",
  EPIPE: "reset",
  UND_ERR_SOCKET: "reset",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  ETIMEDOUT: "timeout",
  UND_ERR_HEADERS_OVERFLOW: "too_large",
};

/** Tells trouble apart by the codes in the chain of causes; never by the text of a message. */
export function troubleOf(error: unknown): ProviderTrouble {
  const codes = codesOf(error);
  const code = codes[0] ?? "none";
  // A name with several addresses was refused only when each of them refused.
  if (codes.length > 0 && codes.every((one) => NOT_SENT[one] !== undefined))
    return { kind: NOT_SENT[code] ?? "refused", sent: "no", code };
  for (const one of codes) {
    const kind = MAYBE_SENT[one];
    if (kind !== undefined) return { kind, sent: "maybe", code: one };
    if (one.startsWith("HPE_")) return { kind: "malformed", sent: "maybe", code: one };
    if (one.startsWith("ERR_TLS_") || one.startsWith("ERR_SSL_") || CERTIFICATE.test(one))
      return { kind: "tls", sent: "maybe", code: one };
  }
  return { kind: "other", sent: "maybe", code };
}

/** OpenSSL's words for a certificate that it does not believe. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_/;

/** Most causes that are looked at, so that a ring of them comes to an end. */
const CAUSE_DEPTH_MAX = 8;

/** Codes of the innermost errors: of each, where several addresses were tried. */
function codesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth >= CAUSE_DEPTH_MAX) return [];
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.flatMap((one) => {
      const codes = codesOf(one, depth + 1);
      // An address that failed without a code says nothing about whether it was reached.
      return codes.length === 0 ? ["none"] : codes;
    });
  const inner = codesOf(error.cause, depth + 1);
  if (inner.length > 0) return inner;
  if ("code" in error && typeof error.code === "string") return [error.code];
  // The parser of answers leaves its code out at times; what it could not read is in the error, so the error is never logged.
  return error.name === "HTTPParserError" ? ["HPE_UNKNOWN"] : [];
}
