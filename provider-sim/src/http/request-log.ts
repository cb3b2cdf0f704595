/** The last requests, without their bodies and queries. */

/** How many requests are remembered; then the oldest goes. */
export const REQUESTS_REMEMBERED_MAX = 10_000;

/** One request. `status` is null while there is no answer. */
export interface LoggedRequest {
  method: string;
  path: string;
  fault: string | null;
  status: number | null;
}

/** Remembers requests in the order in which they came. */
export class RequestLog {
  readonly #requests: LoggedRequest[] = [];

  /** Returns the entry, which the answer completes. */
  add(request: LoggedRequest): LoggedRequest {
    const entry = { ...request };
    this.#requests.push(entry);
    if (this.#requests.length > REQUESTS_REMEMBERED_MAX) this.#requests.shift();
    return entry;
  }

  list(): LoggedRequest[] {
    return structuredClone(this.#requests);
  }
}
