/**
 * The vault: personal data is sealed under a key of its person, and the keys are kept apart from the data.
 *
 * A copy of the books alone tells no name, and a person is forgotten, in every copy and backup of the books, by destroying one
 * key. The key is made before the first content is sealed, so that a crash in between leaves at worst a key that seals nothing.
 */
import { randomBytes } from "node:crypto";
import { KeyCache } from "./key-cache.ts";
import { type KeyStore, openKeyStore } from "./key-store.ts";
import { type MasterKey, masterKeyOf } from "./master-key.ts";
import { derivedKey, KEY_BYTES, keyedHash, seal, unseal } from "./sealing.ts";
import { systemKey } from "./system-key.ts";
import { VaultError } from "./vault-error.ts";

/** Most keys that one statement asks for; the rest is asked for after it. */
const KEYS_ASKED_MAX = 200;

/** Content that was sealed for a person. */
export interface SealedItem {
  member: string;
  /** What the content is for, as it was given when it was sealed. */
  use: string;
  sealed: Uint8Array;
}

/** Seals and opens what must not be read from a copy of the books. */
export interface Vault {
  /**
   * Seals content for a person, whose key is made when there is none. `use` names the place, such as `attempt:{id}`, and is
   * authenticated: content cannot be moved to another place. Throws VaultError `destroyed` when the person was erased.
   */
  sealFor(member: string, use: string, plain: Uint8Array): Promise<Uint8Array>;
  /**
   * Opens what was sealed for this person and use; null when the key was destroyed. Throws VaultError `tampered`,
   * `malformed`, or `unknown_key` when the vault has never had a key of this person.
   */
  openFor(member: string, use: string, sealed: Uint8Array): Promise<Uint8Array | null>;
  /** As `openFor`, for many at once, in their order. */
  openMany(items: readonly SealedItem[]): Promise<(Uint8Array | null)[]>;
  /** Destroys a person's key for ever; also keeps one from being made. Does nothing the second time. */
  destroyKeyOf(member: string): Promise<void>;
  /** Seals content that belongs to no known person, under a key of the whole system. */
  sealCommon(use: string, plain: Uint8Array): Promise<Uint8Array>;
  /** Opens what `sealCommon` sealed for this use. Throws VaultError `tampered` or `malformed`. */
  openCommon(use: string, sealed: Uint8Array): Promise<Uint8Array>;
  /** Keyed hash of a text, 64 hexadecimal digits: equal texts of one kind are found by it, and not told without the key. */
  blindIndex(kind: string, text: string): string;
  /** Throws when the store of the keys does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Where the keys are, and what wraps them. */
export interface VaultOptions {
  /** `sqlite:/path/to/file` or `postgres://…`; a store of its own, never that of the books. */
  url: string;
  /** 32 bytes as base64. */
  masterKey: string;
  /** Hears of connections that break. */
  onConnectionError: (error: Error) => void;
  /** Age of kept keys is measured by it, in milliseconds; for tests. */
  monotonicMs?: () => number;
}

/**
 * Opens the vault, and makes its tables and the system's key when they are missing.
 *
 * Throws VaultError `wrong_master_key` when the vault's keys are wrapped by another master key, `bad_master_key`,
 * `unsupported_url` or `unavailable`.
 */
export async function openVault({
  url,
  masterKey,
  onConnectionError,
  monotonicMs = () => performance.now(),
}: VaultOptions): Promise<Vault> {
  const master = masterKeyOf(masterKey);
  const keys = await openKeyStore(url, onConnectionError);
  try {
    return new StoredVault(keys, {
      master,
      system: await systemKey(keys.db, master),
      cache: new KeyCache(monotonicMs),
    });
  } catch (error) {
    await keys.close();
    throw error;
  }
}

class StoredVault implements Vault {
  readonly #keys: KeyStore;
  readonly #master: MasterKey;
  readonly #system: Uint8Array;
  readonly #common: Uint8Array;
  readonly #cache: KeyCache;

  constructor(
    keys: KeyStore,
    { master, system, cache }: { master: MasterKey; system: Uint8Array; cache: KeyCache },
  ) {
    this.#keys = keys;
    this.#master = master;
    this.#system = system;
    this.#common = derivedKey(system, "common");
    this.#cache = cache;
  }

  async sealFor(member: string, use: string, plain: Uint8Array): Promise<Uint8Array> {
    const key = (await this.#keysOf([member])).get(member) ?? (await this.#makeKey(member));
    if (key === "destroyed")
      throw new VaultError("destroyed", "the person was erased; nothing can be sealed for that person");
    return seal(key, ["person", member, use], plain);
  }

  async openFor(member: string, use: string, sealed: Uint8Array): Promise<Uint8Array | null> {
    const [opened = null] = await this.openMany([{ member, use, sealed }]);
    return opened;
  }

  async openMany(items: readonly SealedItem[]): Promise<(Uint8Array | null)[]> {
    const keys = await this.#keysOf([...new Set(items.map(({ member }) => member))]);
    return items.map(({ member, use, sealed }) => {
      const key = keys.get(member);
      if (key === undefined)
        throw new VaultError(
          "unknown_key",
          "this vault has never had the key that the content is sealed under",
        );
      return key === "destroyed" ? null : unseal(key, ["person", member, use], sealed);
    });
  }

  async destroyKeyOf(member: string): Promise<void> {
    this.#cache.delete(member);
    const nowMs = Date.now();
    const { numInsertedOrUpdatedRows } = await this.#keys.db
      .insertInto("person_keys")
      .values({
        member_id: member,
        wrapped_key: null,
        master_key_id: this.#master.id,
        created_ms: nowMs,
        destroyed_ms: nowMs,
      })
      .onConflict((conflict) =>
        conflict
          .column("member_id")
          .doUpdateSet({ wrapped_key: null, destroyed_ms: nowMs })
          .where("person_keys.destroyed_ms", "is", null),
      )
      .executeTakeFirstOrThrow();
    // A read that was under way when the row changed may have kept the key once more.
    this.#cache.delete(member);
    if (numInsertedOrUpdatedRows !== 0n) await this.#keys.scrub();
  }

  async sealCommon(use: string, plain: Uint8Array): Promise<Uint8Array> {
    return seal(this.#common, ["common", use], plain);
  }

  async openCommon(use: string, sealed: Uint8Array): Promise<Uint8Array> {
    return unseal(this.#common, ["common", use], sealed);
  }

  blindIndex(kind: string, text: string): string {
    return keyedHash(derivedKey(this.#system, `blind ${kind}`), text);
  }

  async ping(): Promise<void> {
    await this.#keys.db.selectFrom("system_key").select("id").execute();
  }

  async close(): Promise<void> {
    this.#cache.clear();
    await this.#keys.close();
  }

  /** Keys of those who have or had one; who is not in the answer never had one. */
  async #keysOf(members: readonly string[]): Promise<Map<string, Uint8Array | "destroyed">> {
    const keys = new Map<string, Uint8Array | "destroyed">();
    const asked: string[] = [];
    for (const member of members) {
      const kept = this.#cache.get(member);
      if (kept === undefined) asked.push(member);
      else keys.set(member, kept);
    }
    for (let from = 0; from < asked.length; from += KEYS_ASKED_MAX) {
      const rows = await this.#keys.db
        .selectFrom("person_keys")
        .select(["member_id", "wrapped_key"])
        .where("member_id", "in", asked.slice(from, from + KEYS_ASKED_MAX))
        .execute();
      for (const row of rows) keys.set(row.member_id, this.#unwrapped(row.member_id, row.wrapped_key));
    }
    return keys;
  }

  #unwrapped(member: string, wrapped: Uint8Array | null): Uint8Array | "destroyed" {
    if (wrapped === null) return "destroyed";
    const key = this.#master.unwrap(member, wrapped);
    this.#cache.set(member, key);
    return key;
  }

  async #makeKey(member: string): Promise<Uint8Array | "destroyed"> {
    await this.#keys.db
      .insertInto("person_keys")
      .values({
        member_id: member,
        wrapped_key: this.#master.wrap(member, randomBytes(KEY_BYTES)),
        master_key_id: this.#master.id,
        created_ms: Date.now(),
        destroyed_ms: null,
      })
      // Another process may have made it meanwhile; all use the one that was first.
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const key = (await this.#keysOf([member])).get(member);
    if (key === undefined) throw new VaultError("unavailable", "the vault's store lost a key that it took");
    return key;
  }
}
