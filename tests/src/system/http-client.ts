/** HTTP as any program would speak it to the API or to a terminal. */

/** Longest that one request may take, in milliseconds. */
const REQUEST_MS_MAX = 10_000;

/** Answer of a request; `body` is parsed when it is JSON, else it is the text. */
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test states what it expects of a body, whatever that is.
  body: any;
}

/** Calls one server. Only a server that does not answer makes a call throw. */
export interface HttpClient {
  readonly base: string;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  remove(path: string): Promise<Answer>;
  /** Makes something that must succeed; answers the body. Throws with the problem when it does not. */
  make(path: string, body: object): Promise<Answer["body"]>;
  /** Replaces something, which must succeed; answers the body. Throws with the problem when it does not. */
  replace(path: string, body: object): Promise<Answer["body"]>;
  /** Body of something that must be there. Throws with the problem when it is not. */
  read(path: string): Promise<Answer["body"]>;
  /** Every item of a list, page after page. */
  all(path: string): Promise<Answer["body"][]>;
}

/** Calls the server at `base`; `token` is a session's bearer token. */
export function httpClient(base: string, token?: string): HttpClient {
  async function call(
    method: string,
    path: string,
    given: { body?: unknown; headers?: Record<string, string> } = {},
  ) {
    const response = await fetch(new URL(path, base), {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(given.body === undefined ? {} : { "content-type": "application/json" }),
        ...given.headers,
      },
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
    });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "") && text !== "";
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  }
  const demand = async (method: string, path: string, body?: unknown) => {
    const answer = await call(method, path, { body });
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const read = (path: string) => demand("GET", path);
  return {
    base,
    read,
    get: (path) => call("GET", path),
    post: (path, body, headers = {}) => call("POST", path, { body, headers }),
    remove: (path) => call("DELETE", path),
    make: (path, body) => demand("POST", path, body),
    replace: (path, body) => demand("PUT", path, body),
    async all(path) {
      const items: unknown[] = [];
      const separator = path.includes("?") ? "&" : "?";
      for (let after: string | null = ""; after !== null; ) {
        const cursor: string = after === "" ? "" : `&after=${encodeURIComponent(after)}`;
        const page: { items: unknown[]; next: string | null } = await read(
          `${path}${separator}limit=500${cursor}`,
        );
        items.push(...page.items);
        after = page.next;
      }
      return items;
    },
  };
}
