import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newEventId } from "@jumpa-madu/contracts/ids";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../relational/engine-suite.ts";
import { KEY_CACHED_MS_MAX } from "./key-cache.ts";
import { openKeyStore } from "./key-store.ts";
import { newMasterKey } from "./master-key.ts";
import { rewrapVault } from "./rewrap-vault.ts";
import { openVault, type Vault } from "./vault.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (plain: Uint8Array | null) => plain && new TextDecoder().decode(plain);

describe.each(["sqlite", "postgres"] as const)("the vault on %s", (engine) => {
  const masterKey = newMasterKey();
  const clock = { ms: 0 };
  let database: FreshDatabase;
  let vault: Vault;
  let neighbour: Vault;
  const open = (key = masterKey) =>
    openVault({
      url: database.url,
      masterKey: key,
      onConnectionError: () => {},
      monotonicMs: () => clock.ms,
    });

  beforeAll(async () => {
    database = await freshDatabase(engine);
    // Two processes that start at once on an empty store.
    [vault, neighbour] = await Promise.all([open(), open()]);
  });
  afterAll(async () => {
    await vault.close();
    await neighbour.close();
    database.remove();
  });

  test("opens any bytes as they were sealed, in another process too", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.string(), async (plain, use) => {
        const member = newEventId();
        const sealed = await vault.sealFor(member, use, plain);
        expect(Buffer.from((await neighbour.openFor(member, use, sealed)) ?? [])).toEqual(Buffer.from(plain));
        const common = await vault.sealCommon(use, plain);
        expect(Buffer.from(await neighbour.openCommon(use, common))).toEqual(Buffer.from(plain));
      }),
      { numRuns: 40 },
    );
  });

  test("refuses content of which any bit was flipped, or any byte cut off", async () => {
    const member = newEventId();
    const sealed = await vault.sealFor(member, "x", bytes("Nasabah Satu"));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const other = Uint8Array.from(sealed);
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expect(vault.openFor(member, "x", other)).rejects.toMatchObject({
        code: bit < 8 ? "malformed" : "tampered",
      });
    }
    for (let length = 0; length < sealed.length; length++) {
      await expect(vault.openFor(member, "x", sealed.subarray(0, length))).rejects.toMatchObject({
        code: length < 29 ? "malformed" : "tampered",
      });
    }
  });

  test("opens content for no other use, person or kind", async () => {
    const [member, other] = [newEventId(), newEventId()];
    const sealed = await vault.sealFor(member, "phone", bytes("1"));
    await vault.sealFor(other, "phone", bytes("2"));
    await expect(vault.openFor(member, "name", sealed)).rejects.toMatchObject({ code: "tampered" });
    await expect(vault.openFor(other, "phone", sealed)).rejects.toMatchObject({ code: "tampered" });
    await expect(vault.openCommon("phone", sealed)).rejects.toMatchObject({ code: "tampered" });
    await expect(vault.openFor(newEventId(), "phone", sealed)).rejects.toMatchObject({ code: "unknown_key" });
  });

  test("seals the same content otherwise each time", async () => {
    const member = newEventId();
    const [first, second] = [
      await vault.sealFor(member, "x", bytes("1")),
      await vault.sealFor(member, "x", bytes("1")),
    ];
    expect(Buffer.from(first)).not.toEqual(Buffer.from(second));
  });

  test("two processes that make the key of one person at once agree on it", async () => {
    for (let run = 0; run < 10; run++) {
      const member = newEventId();
      const [mine, theirs] = await Promise.all([
        vault.sealFor(member, "x", bytes("mine")),
        neighbour.sealFor(member, "x", bytes("theirs")),
      ]);
      expect(text(await vault.openFor(member, "x", theirs))).toBe("theirs");
      expect(text(await neighbour.openFor(member, "x", mine))).toBe("mine");
    }
  });

  test("opens many at once, in their order, more than one statement asks for", async () => {
    const members = Array.from({ length: 201 }, () => newEventId());
    const sealed = [];
    for (const member of members)
      sealed.push({ member, use: "x", sealed: await vault.sealFor(member, "x", bytes(member)) });
    await vault.destroyKeyOf(members[3] ?? "");
    const opened = await neighbour.openMany(sealed);
    expect(opened.map(text)).toEqual(members.map((member, index) => (index === 3 ? null : member)));
  });

  test("a destroyed key is gone for ever: nothing is opened, nothing sealed", async () => {
    const member = newEventId();
    const sealed = await vault.sealFor(member, "x", bytes("1"));
    await vault.destroyKeyOf(member);
    await vault.destroyKeyOf(member);
    expect(await vault.openFor(member, "x", sealed)).toBeNull();
    await expect(vault.sealFor(member, "x", bytes("2"))).rejects.toMatchObject({ code: "destroyed" });
    const never = newEventId();
    await vault.destroyKeyOf(never);
    await expect(neighbour.sealFor(never, "x", bytes("2"))).rejects.toMatchObject({ code: "destroyed" });
  });

  test("another process forgets a destroyed key within the time that keys are kept", async () => {
    const member = newEventId();
    const sealed = await vault.sealFor(member, "x", bytes("1"));
    expect(text(await neighbour.openFor(member, "x", sealed))).toBe("1");
    await vault.destroyKeyOf(member);
    clock.ms += KEY_CACHED_MS_MAX;
    expect(await neighbour.openFor(member, "x", sealed)).toBeNull();
  });

  test("finds equal texts of one kind by their blind index, in every process", () => {
    const index = vault.blindIndex("phone", "62812");
    expect(index).toMatch(/^[0-9a-f]{64}$/);
    expect(neighbour.blindIndex("phone", "62812")).toBe(index);
    expect(vault.blindIndex("name", "62812")).not.toBe(index);
    expect(vault.blindIndex("phone", "62813")).not.toBe(index);
  });

  test("is put under another master key, and opens and finds everything as before", async () => {
    const [member, gone] = [newEventId(), newEventId()];
    const sealed = await vault.sealFor(member, "x", bytes("1"));
    await vault.destroyKeyOf(gone);
    const next = newMasterKey();
    await expect(rewrapVault({ url: database.url, from: next, to: masterKey })).rejects.toMatchObject({
      code: "wrong_master_key",
    });
    expect(await rewrapVault({ url: database.url, from: masterKey, to: next })).toBeGreaterThan(2);
    await expect(open()).rejects.toMatchObject({ code: "wrong_master_key" });
    const rewrapped = await open(next);
    expect(text(await rewrapped.openFor(member, "x", sealed))).toBe("1");
    expect(rewrapped.blindIndex("phone", "1")).toBe(vault.blindIndex("phone", "1"));
    await expect(rewrapped.sealFor(gone, "x", bytes("1"))).rejects.toMatchObject({ code: "destroyed" });
    await rewrapped.close();
    await rewrapVault({ url: database.url, from: next, to: masterKey });
  });

  test("serves many at once, more than it has connections", async () => {
    const sealed = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const member = newEventId();
        return { member, use: "x", sealed: await vault.sealFor(member, "x", bytes(member)) };
      }),
    );
    const opened = await Promise.all(sealed.map((one) => neighbour.openFor(one.member, one.use, one.sealed)));
    expect(opened.map(text)).toEqual(sealed.map(({ member }) => member));
  });

  test("does not open with another master key", async () => {
    await expect(open(newMasterKey())).rejects.toMatchObject({
      code: "wrong_master_key",
      message: "VAULT_KEY is not the key of this vault",
    });
    await expect(vault.ping()).resolves.toBeUndefined();
  });
});

test.each(["", "short", "A".repeat(44), Buffer.alloc(31).toString("base64"), `${"!".repeat(43)}=`])(
  "a master key that is not 32 bytes of base64 is refused: %s",
  async (masterKey) => {
    await expect(
      openVault({ url: "sqlite::memory:", masterKey, onConnectionError: () => {} }),
    ).rejects.toMatchObject({ code: "bad_master_key" });
  },
);

test.each(["mysql://x", "sqlite:", "", "/tmp/x"])("a store of no known kind is refused: %s", async (url) => {
  await expect(
    openVault({ url, masterKey: newMasterKey(), onConnectionError: () => {} }),
  ).rejects.toMatchObject({ code: "unsupported_url" });
});

test("a destroyed key's wrapped bytes are nowhere in the files any more", async () => {
  const folder = mkdtempSync(join(tmpdir(), "jumpa-madu-vault-"));
  const file = join(folder, "vault.sqlite");
  const options = { url: `sqlite:${file}`, masterKey: newMasterKey(), onConnectionError: () => {} };
  const vault = await openVault(options);
  const [member, other] = [newEventId(), newEventId()];
  await vault.sealFor(member, "x", bytes("1"));
  await vault.sealFor(other, "x", bytes("1"));
  const keys = await openKeyStore(options.url, () => {});
  const { wrapped_key: wrapped } = await keys.db
    .selectFrom("person_keys")
    .select("wrapped_key")
    .where("member_id", "=", member)
    .executeTakeFirstOrThrow();
  await keys.close();
  const isInFiles = () =>
    [file, `${file}-wal`].some((path) => {
      const held = readFileSync(path);
      // A shorter row may have taken a part of its place.
      return [0, 15, 30, 45].some((at) => held.includes(Buffer.from(wrapped ?? []).subarray(at, at + 15)));
    });
  expect(isInFiles()).toBe(true);
  await vault.destroyKeyOf(member);
  expect(isInFiles()).toBe(false);
  await vault.close();
  rmSync(folder, { recursive: true });
});
