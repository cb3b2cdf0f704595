/** The demo's way to the HTTP API: what any other program would do. */

/** How long one request may take, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** The API answered with a problem. */
export class ApiProblem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ApiProblem";
    this.status = status;
  }
}

/** Calls one API. */
export interface ApiClient {
  /** Reads or writes JSON. Throws ApiProblem when the answer is no 2xx. */
  request<T>(method: "GET" | "POST" | "PUT", path: string, body?: object): Promise<T>;
  /** Makes something unless it is there already; tells whether it was made. */
  ensure(path: string, body: object): Promise<boolean>;
  /** Deletes something. */
  remove(path: string): Promise<void>;
  /** Every item of a list, page after page. */
  all<T>(path: string): Promise<T[]>;
}

/** Builds a client; `token` is a session's bearer token. */
export function apiClient(base: string, token?: string): ApiClient {
  async function send(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    body?: object,
  ): Promise<string> {
    const response = await fetch(new URL(path, base), {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new ApiProblem(response.status, `${method} ${path}: ${response.status} ${text}`);
    return text;
  }
  async function request<T>(method: "GET" | "POST" | "PUT", path: string, body?: object): Promise<T> {
    return JSON.parse(await send(method, path, body)) as T;
  }
  return {
    request,
    async remove(path) {
      await send("DELETE", path);
    },
    async ensure(path, body) {
      try {
        await request("POST", path, body);
        return true;
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 409) return false;
        throw error;
      }
    },
    async all<T>(path: string) {
      const items: T[] = [];
      let after: string | null = null;
      do {
        const separator = path.includes("?") ? "&" : "?";
        const page: { items: T[]; next: string | null } = await request(
          "GET",
          `${path}${separator}limit=500${after === null ? "" : `&after=${encodeURIComponent(after)}`}`,
        );
        items.push(...page.items);
        after = page.next;
      } while (after !== null);
      return items;
    },
  };
}
