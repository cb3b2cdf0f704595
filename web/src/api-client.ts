/** Talks to the api. */
import type { Session } from "@jumpa-madu/contracts/http/people";

/** Longest time that an answer may take, in milliseconds. */
export const ANSWER_MS_MAX = 8_000;

/** Why there is no answer that can be used. `retryAfterS` is what the server asks for. */
export class ApiError extends Error {
  readonly code: "no_answer" | "session_ended" | "wrong_credentials" | "too_many_requests" | "refused";
  readonly retryAfterS: number;

  constructor(
    code: ApiError["code"],
    { retryAfterS = 0, cause }: { retryAfterS?: number; cause?: unknown } = {},
  ) {
    super(code, { cause });
    this.name = "ApiError";
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

/** How far the server's clock is ahead of this one, in milliseconds, by its last answer: ages are told by its clock. */
let aheadMs = 0;

/** What time the server has, to about a second. */
export function serverNowMs(): number {
  return Date.now() + aheadMs;
}

/** Signs in. Throws ApiError. */
export async function signIn(username: string, password: string): Promise<Session> {
  const answer = await send("/v1/sessions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  if (answer.status === 401 || answer.status === 400) throw new ApiError("wrong_credentials");
  return (await bodyOf(answer)) as Session;
}

/** Signs out; a server that is away forgets the session by itself when it expires. */
export async function signOut(token: string): Promise<void> {
  await send("/v1/sessions/current", {
    method: "DELETE",
    headers: { authorization: `Bearer ${token}` },
  }).catch(() => {});
}

/** Reads a resource, typed by whoever asks: its schema is the one that the api answers by. Throws ApiError. */
export async function read<T>(token: string, path: string, signal: AbortSignal): Promise<T> {
  const answer = await send(path, { headers: { authorization: `Bearer ${token}` }, signal });
  if (answer.status === 401) throw new ApiError("session_ended");
  return (await bodyOf(answer)) as T;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const limit = AbortSignal.timeout(ANSWER_MS_MAX);
  const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
  try {
    const answer = await fetch(path, { ...init, signal });
    const date = Date.parse(answer.headers.get("date") ?? "");
    if (!Number.isNaN(date)) aheadMs = date - Date.now();
    return answer;
  } catch (cause) {
    throw new ApiError("no_answer", { cause });
  }
}

async function bodyOf(answer: Response): Promise<unknown> {
  if (answer.ok) return await answer.json();
  const retryAfterS = Number(answer.headers.get("retry-after") ?? 0);
  if (answer.status === 429) throw new ApiError("too_many_requests", { retryAfterS });
  throw new ApiError(answer.status >= 500 ? "no_answer" : "refused", { retryAfterS });
}
