/** Who is behind each connection. */
import type { Client } from "aedes";
import type { Identity } from "./authorisation.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** One authenticated connection. */
export interface Session {
  identity: Identity;
  /** Kept to ask again whether it still holds; see `revocation.ts`. Never logged. */
  secret: string;
  /** Filters that are granted. */
  filters: Set<string>;
  refusedFilters: number;
  /** Rate limit of a node; services have none, since they only answer nodes. */
  bucket: TokenBucket | null;
}

/** Sessions by Aedes's client. A closed client keeps its session until it is collected, because its will comes after. */
export class Sessions {
  readonly #all = new WeakMap<Client, Session>();
  readonly #live = new Map<Client, Session>();

  /** Notes who a client is, once its credentials have shown it. */
  begin(client: Client, session: Session): void {
    this.#all.set(client, session);
  }

  /** Counts the client as connected. */
  connected(client: Client): void {
    const session = this.#all.get(client);
    if (session !== undefined && !client.closed) this.#live.set(client, session);
  }

  disconnected(client: Client): void {
    this.#live.delete(client);
  }

  of(client: Client): Session | undefined {
    return this.#all.get(client);
  }

  /** Clients that are connected now. */
  live(): [Client, Session][] {
    return [...this.#live];
  }

  get count(): number {
    return this.#live.size;
  }
}
