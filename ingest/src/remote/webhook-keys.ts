/** Webhook keys: who may post, kept at hand so that a flood of wrong secrets costs the database nothing. */
import { isSecret } from "@jumpa-madu/store/secret";
import type { WebhookKey } from "@jumpa-madu/store/webhooks";

/** Age at which the keys are read again, in milliseconds: a revoked secret works no longer than this. */
export const KEYS_AGE_MS_MAX = 5_000;

/** Shortest time between two reads because of an unknown webhook or a wrong secret, in milliseconds: a new one works after this. */
export const KEYS_REFRESH_MS_MIN = 1_000;

export class WebhookKeys {
  readonly #read: () => Promise<WebhookKey[]>;
  readonly #now: () => number;
  #keys = new Map<string, WebhookKey>();
  #readMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | null = null;

  constructor(read: () => Promise<WebhookKey[]>, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#now = now;
  }

  /** The webhook that this secret opens; null when there is none. Throws what the read throws. */
  async open(id: string, secret: string): Promise<WebhookKey | null> {
    if (this.#now() - this.#readMs >= KEYS_AGE_MS_MAX) await this.#refresh();
    const known = this.#opened(id, secret);
    if (known !== null || this.#now() - this.#readMs < KEYS_REFRESH_MS_MIN) return known;
    await this.#refresh();
    return this.#opened(id, secret);
  }

  #opened(id: string, secret: string): WebhookKey | null {
    const key = this.#keys.get(id);
    if (key === undefined || key.revokedMs !== null) return null;
    return isSecret(secret, key.secretHash) ? key : null;
  }

  /** One read at a time, whoever waits for it. */
  async #refresh(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  async #readAll(): Promise<void> {
    const readMs = this.#now();
    const keys = await this.#read();
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#readMs = readMs;
  }
}
