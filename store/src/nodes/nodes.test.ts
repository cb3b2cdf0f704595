import { beforeEach, expect, it } from "vitest";
import { NOW_MS, type SampleBooks, sampleBooks } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { placesOfNode } from "./node-places.ts";
import {
  authenticateNode,
  findNode,
  keepStatus,
  nodesChangedSince,
  registerNode,
  revokeNode,
  rotateNodeSecret,
} from "./node-registry.ts";
import { hashOfSecret, isSecret, newSecret } from "./secret.ts";
import { authenticateService, keepServiceAccount } from "./service-accounts.ts";

onEachEngine("nodes", (suite) => {
  let books: SampleBooks;
  let count = 0;
  beforeEach(async () => {
    books = await sampleBooks(suite.store);
    count++;
  });

  async function register(): Promise<{ id: string; secret: string }> {
    const id = `edge-${count}`;
    const node = { id, shard: "0", name: "Edge", wasteBank: books.wasteBank };
    return { id, secret: await registerNode(suite.store.db, node, NOW_MS) };
  }

  it("are known by the secret that they were given, which is not kept", async () => {
    const { id, secret } = await register();
    expect(await authenticateNode(suite.store.db, id, secret)).toEqual({
      id,
      shard: "0",
      name: "Edge",
      wasteBank: books.wasteBank,
      revokedMs: null,
      configVersion: 0,
      status: null,
      statusMs: null,
      createdMs: NOW_MS,
    });
    for (const wrong of ["", `${secret}x`, hashOfSecret(secret)]) {
      expect(await authenticateNode(suite.store.db, id, wrong)).toBeNull();
    }
    expect(await authenticateNode(suite.store.db, "edge-none", secret)).toBeNull();
    await expect(register()).rejects.toThrow();
    expect(JSON.stringify(await suite.store.db.selectFrom("nodes").selectAll().execute())).not.toContain(
      secret,
    );
  });

  it("are shut out by a revocation, let in again by a new secret alone, and both are noticed", async () => {
    const { id, secret } = await register();
    expect(await nodesChangedSince(suite.store.db, NOW_MS)).not.toContain(id);
    expect(await revokeNode(suite.store.db, id, NOW_MS + 1)).toBe(true);
    expect(await nodesChangedSince(suite.store.db, NOW_MS)).toContain(id);
    expect(await authenticateNode(suite.store.db, id, secret)).toBeNull();
    expect((await findNode(suite.store.db, id))?.revokedMs).toBe(NOW_MS + 1);
    const fresh = await rotateNodeSecret(suite.store.db, id, NOW_MS + 2);
    expect(await authenticateNode(suite.store.db, id, secret)).toBeNull();
    expect(await authenticateNode(suite.store.db, id, fresh ?? "")).toMatchObject({ id, revokedMs: null });
    expect(await nodesChangedSince(suite.store.db, NOW_MS + 1)).toContain(id);
    expect(await rotateNodeSecret(suite.store.db, "edge-none", NOW_MS)).toBeNull();
    expect(await revokeNode(suite.store.db, "edge-none", NOW_MS)).toBe(false);
  });

  it("and services never share a name, whichever comes first", async () => {
    const { db } = suite.store;
    const node = { id: `ingest-of-${count}`, shard: "0", name: "Edge", wasteBank: null };
    await keepServiceAccount(db, { id: node.id, role: "ingest", secret: "first" }, NOW_MS);
    await expect(registerNode(db, node, NOW_MS)).rejects.toMatchObject({ code: "name_taken" });
    expect(await findNode(db, node.id)).toBeNull();
    const { id } = await register();
    const account = { id, role: "api", secret: "first" } as const;
    await expect(keepServiceAccount(db, account, NOW_MS)).rejects.toMatchObject({ code: "name_taken" });
    expect(await authenticateService(db, id, "first")).toBeNull();
  });

  it("have their status kept, which is no change of credentials", async () => {
    const { id } = await register();
    await keepStatus(suite.store.db, id, '{"online":true}', NOW_MS + 5);
    expect(await findNode(suite.store.db, id)).toMatchObject({
      status: '{"online":true}',
      statusMs: NOW_MS + 5,
    });
    expect(await nodesChangedSince(suite.store.db, NOW_MS)).not.toContain(id);
  });

  it("speak for the bins and scales on their ports, now or before", async () => {
    const bin = `bin-${books.node}`;
    await suite.store.db
      .insertInto("bins")
      .values({
        id: bin,
        name: "x",
        zone_id: "zone",
        lat: 3.5,
        lon: 98.8,
        capacity_l: 240,
        created_ms: NOW_MS,
      })
      .execute();
    await suite.store.db
      .insertInto("devices")
      .values({
        id: bin,
        node_id: books.node,
        bin_id: bin,
        scale_id: null,
        port: "{}",
        created_ms: NOW_MS,
        retired_ms: NOW_MS + 1,
      })
      .execute();
    expect(await placesOfNode(suite.store.db, books.node)).toEqual({
      node: books.node,
      site: books.wasteBank,
      zoneOfBin: new Map([[bin, "zone"]]),
      scales: new Set([books.scale]),
    });
    expect(await placesOfNode(suite.store.db, "edge-none")).toBeNull();
  });

  it("let services in by the secret of their configuration, the latest alone", async () => {
    const { db } = suite.store;
    const account = { id: `ingest-${count}`, role: "ingest", secret: "first" } as const;
    await keepServiceAccount(db, account, NOW_MS);
    expect(await authenticateService(db, account.id, "first")).toBe("ingest");
    await keepServiceAccount(db, { ...account, secret: "second" }, NOW_MS + 1);
    expect(await authenticateService(db, account.id, "first")).toBeNull();
    expect(await authenticateService(db, account.id, "second")).toBe("ingest");
    await db
      .updateTable("service_accounts")
      .set({ revoked_ms: NOW_MS })
      .where("id", "=", account.id)
      .execute();
    await keepServiceAccount(db, { ...account, secret: "third" }, NOW_MS + 2);
    expect(await authenticateService(db, account.id, "third")).toBeNull();
    expect(await authenticateService(db, "nobody", "third")).toBeNull();
  });
});

it("draws secrets of 256 bits and compares them whole", () => {
  const secret = newSecret();
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(newSecret()).not.toBe(secret);
  expect(isSecret(secret, hashOfSecret(secret))).toBe(true);
  expect(isSecret(secret, hashOfSecret(secret).slice(0, 32))).toBe(false);
  expect(isSecret(secret, "")).toBe(false);
});
