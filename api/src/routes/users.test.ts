import { newEventId } from "@jumpa-madu/contracts/ids";
import { isPin } from "@jumpa-madu/contracts/pin-hash";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { TRIES_PER_NAME_MAX } from "../auth/sign-in-throttle.ts";
import { startTestApi, type TestApi } from "../testing/api-fixture.ts";
import { createDatabase } from "../testing/postgres-database.ts";

const PASSWORD = "kata sandi yang panjang";
const OTHER = "kata sandi yang lain";

describe.each(["sqlite", "postgres"] as const)("on %s", (engine) => {
  let api: TestApi;
  let made = 0;
  beforeAll(async () => {
    const databaseUrl =
      engine === "postgres" ? await createDatabase(inject("postgresUrl"), "api_users") : undefined;
    api = await startTestApi(databaseUrl === undefined ? {} : { databaseUrl });
  });
  afterAll(() => api.close());

  const post = (url: string, body?: unknown, headers: Record<string, string> = {}) =>
    api.call("admin", "POST", url, { ...(body !== undefined && { body }), headers });
  const signIn = (username: string, password: string) =>
    api.call(null, "POST", "/v1/sessions", { body: { username, password } });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const statusWith = async (token: string) =>
    (await api.call(null, "GET", "/v1/materials", { headers: bearer(token) })).statusCode;
  const change = (token: string, current: string, next: string) =>
    api.call(null, "PUT", "/v1/users/me/password", {
      headers: bearer(token),
      body: { current, new: next },
    });

  /** A user with a session. */
  async function newUser(): Promise<{ id: string; username: string; token: string }> {
    made += 1;
    const username = `orang-${made}`;
    const answer = await post("/v1/users", { username, role: "staff", password: PASSWORD });
    expect(answer.statusCode, answer.body).toBe(201);
    const { token } = (await signIn(username, PASSWORD)).json();
    return { id: answer.json().id, username, token };
  }

  test("who is disabled is out at once; enabled again, the old sessions stay ended", async () => {
    const { id, username, token } = await newUser();
    const disabled = await post(`/v1/users/${id}/disablement`);
    expect(disabled.statusCode, disabled.body).toBe(201);
    expect(disabled.json()).toMatchObject({ id, username, disabled: true });
    expect(await statusWith(token)).toBe(401);
    expect((await signIn(username, PASSWORD)).statusCode).toBe(401);
    const enabled = await post(`/v1/users/${id}/enablement`);
    expect(enabled.json()).toMatchObject({ id, disabled: false });
    expect(await statusWith(token)).toBe(401);
    expect((await signIn(username, PASSWORD)).statusCode).toBe(201);
  });

  test("nobody shuts oneself out, nor resets the own password without the old one", async () => {
    const users = (await api.call("admin", "GET", "/v1/users")).json().items;
    const { id } = users.find(({ username }: { username: string }) => username === "a-admin");
    expect((await post(`/v1/users/${id}/disablement`)).statusCode).toBe(422);
    expect((await post(`/v1/users/${id}/password`, {})).statusCode).toBe(422);
    expect((await api.call("admin", "GET", "/v1/users")).statusCode).toBe(200);
  });

  test("a password that is reset is drawn or taken, told once, and ends the sessions", async () => {
    const { id, username, token } = await newUser();
    const headers = { "idempotency-key": `reset-${engine}` };
    const drawn = await post(`/v1/users/${id}/password`, {}, headers);
    expect(drawn.statusCode, drawn.body).toBe(201);
    const { password } = drawn.json();
    expect(password).toMatch(/^[\w-]{16}$/);
    expect((await post(`/v1/users/${id}/password`, {}, headers)).json().password, "told once").toBeNull();
    expect(await statusWith(token)).toBe(401);
    expect((await signIn(username, PASSWORD)).statusCode).toBe(401);
    expect((await signIn(username, password)).statusCode).toBe(201);
    const given = await post(`/v1/users/${id}/password`, { password: OTHER });
    expect(given.json().password).toBeNull();
    expect((await signIn(username, OTHER)).statusCode).toBe(201);
    expect((await post(`/v1/users/${id}/password`, { password: "short" })).statusCode).toBe(400);
  });

  test("an admin says which member an office user is, but nobody of oneself, nor of a member's own user", async () => {
    const { id, token } = await newUser();
    const name = (user: string, member: string | null, headers: Record<string, string> = {}) =>
      api.call(headers.authorization === undefined ? "admin" : null, "PUT", `/v1/users/${user}/member`, {
        body: { member },
        headers,
      });
    const named = await name(id, api.members.mine);
    expect(named.statusCode, named.body).toBe(200);
    expect(named.json()).toMatchObject({ id, role: "staff", member: api.members.mine });
    expect((await name(id, null)).json()).toMatchObject({ id, member: null });
    expect((await name(id, api.members.mine, bearer(token))).statusCode).toBe(403);
    expect((await name(id, newEventId())).statusCode).toBe(422);
    expect((await name(api.members.mine, null)).statusCode).toBe(404);
    const users = (await api.call("admin", "GET", "/v1/users")).json().items;
    const of = (role: string) => users.find((user: { role: string }) => user.role === role).id;
    expect((await name(of("admin"), api.members.mine)).statusCode).toBe(422);
    expect((await name(of("member"), null)).statusCode).toBe(422);
    const deeds = await api.store.db
      .selectFrom("audit_events")
      .select("action")
      .where("subject", "=", `user:${id}`)
      .orderBy("action")
      .execute();
    expect(deeds.map(({ action }) => action)).toEqual(["user.member_cleared", "user.member_named"]);
  });

  test("an office user is made with the member that it is, and sees no less for it", async () => {
    const [username, member] = [`pengurus-${engine}`, api.members.mine];
    const made = await post("/v1/users", { username, role: "staff", member, password: PASSWORD });
    expect(made.statusCode, made.body).toBe(201);
    expect(made.json()).toMatchObject({ role: "staff", member });
    const { token } = (await signIn(username, PASSWORD)).json();
    const other = `/v1/members/${api.members.other}`;
    expect((await api.call(null, "GET", other, { headers: bearer(token) })).statusCode).toBe(200);
  });

  test("there is nothing to do for nobody", async () => {
    for (const what of ["disablement", "enablement", "password"]) {
      expect((await post(`/v1/users/${api.members.mine}/${what}`, {})).statusCode, what).toBe(404);
    }
  });

  test("everyone changes the own password with the old one; all other sessions end", async () => {
    const { username, token } = await newUser();
    const elsewhere = (await signIn(username, PASSWORD)).json().token;
    const wrong = await change(token, OTHER, OTHER);
    expect([wrong.statusCode, wrong.json().code]).toEqual([422, "refused"]);
    expect((await change(token, PASSWORD, "short")).statusCode).toBe(400);
    const changed = await change(token, PASSWORD, OTHER);
    expect(changed.statusCode, changed.body).toBe(204);
    expect([await statusWith(token), await statusWith(elsewhere)]).toEqual([200, 401]);
    expect((await signIn(username, PASSWORD)).statusCode).toBe(401);
    expect((await signIn(username, OTHER)).statusCode).toBe(201);
  });

  test("who guesses the old password with a stolen session is slowed down", async () => {
    const { token } = await newUser();
    for (let n = 0; n < TRIES_PER_NAME_MAX; n++)
      expect((await change(token, `guess ${n}`, OTHER)).statusCode).toBe(422);
    expect((await change(token, PASSWORD, OTHER)).statusCode).toBe(429);
  });

  test("a change that began before a reset does not undo it", async () => {
    const { id, username, token } = await newUser();
    const [changed, reset] = await Promise.all([
      change(token, PASSWORD, OTHER),
      post(`/v1/users/${id}/password`, {}),
    ]);
    expect(reset.statusCode).toBe(201);
    expect([204, 401, 409], changed.body).toContain(changed.statusCode);
    expect((await signIn(username, reset.json().password)).statusCode).toBe(201);
    expect(await statusWith(token)).toBe(401);
  });

  test("a sign-in that began before a reset gives no session after it", async () => {
    const { id, username } = await newUser();
    const [, reset] = await Promise.all([
      signIn(username, PASSWORD),
      post(`/v1/users/${id}/password`, { password: OTHER }),
    ]);
    expect(reset.statusCode).toBe(201);
    const left = await api.store.db
      .selectFrom("sessions")
      .select("user_id")
      .where("user_id", "=", id)
      .execute();
    expect(left).toEqual([]);
  });

  describe("a PIN to agree to typed weights with", () => {
    const PIN = "271828";
    const setPin = (id: string, pin: string) =>
      api.call("admin", "PUT", `/v1/users/${id}/pin`, { body: { pin } });
    const takePin = (id: string) => api.call("admin", "DELETE", `/v1/users/${id}/pin`);

    async function worker(role: string, wasteBank: string | null = "wb-1"): Promise<string> {
      made += 1;
      const body = { username: `kerja-${made}`, role, waste_bank: wasteBank };
      const answer = await post("/v1/users", body);
      expect(answer.statusCode, answer.body).toBe(201);
      return answer.json().id;
    }

    /** Catalogue of a new node at waste bank 1, and how to ask for it again. */
    async function catalogue() {
      made += 1;
      const id = `node-pin-${made}`;
      const { secret } = (await post("/v1/nodes", { id, name: "Terminal", waste_bank: "wb-1" })).json();
      const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
      return (etag = "") =>
        api.call(null, "GET", `/v1/nodes/${id}/catalogue`, {
          headers: { authorization, ...(etag === "" ? {} : { "if-none-match": etag }) },
        });
    }
    const supervisorsIn = (answer: { json(): { supervisors: { id: string; pin_hash: string }[] } }) =>
      answer.json().supervisors;

    test("is given to who works at a waste bank, and travels as a hash in its catalogue alone", async () => {
      const ask = await catalogue();
      const before = await ask();
      const [operator, staff, elsewhere] = [
        await worker("operator"),
        await worker("staff"),
        await worker("operator", "wb-2"),
      ];
      for (const id of [operator, staff, elsewhere]) {
        const set = await setPin(id, PIN);
        expect(set.statusCode, set.body).toBe(200);
        expect(set.json()).toMatchObject({ id, has_pin: true });
      }
      const after = await ask(String(before.headers.etag));
      expect(after.statusCode, "another catalogue has another tag").toBe(200);
      const found = supervisorsIn(after);
      expect(found.map(({ id }) => id).sort()).toEqual([operator, staff].sort());
      for (const { pin_hash } of found) expect(await isPin(PIN, pin_hash)).toBe(true);
      expect(new Set(found.map(({ pin_hash }) => pin_hash)).size).toBe(2);
      const users = (await api.call("admin", "GET", "/v1/users?limit=500")).body;
      expect(users).toContain('"has_pin":true');
      expect(users + api.logged.join("")).not.toMatch(/271828|scrypt/);
    });

    test("goes when it is taken away or its user is shut out, and comes back with the user", async () => {
      const ask = await catalogue();
      const [one, other] = [await worker("operator"), await worker("staff")];
      for (const id of [one, other]) await setPin(id, PIN);
      const ids = async () => supervisorsIn(await ask()).map(({ id }) => id);
      expect(await ids()).toEqual(expect.arrayContaining([one, other]));
      expect((await takePin(one)).statusCode).toBe(204);
      expect((await post(`/v1/users/${other}/disablement`)).json()).toMatchObject({ has_pin: true });
      const left = await ids();
      expect(left).not.toContain(one);
      expect(left).not.toContain(other);
      await post(`/v1/users/${other}/enablement`);
      expect(await ids()).toContain(other);
    });

    test.each(["000000", "111111111", "123456", "987654", "890123", "121212", "123123", "1212121"])(
      "is not %s, which is guessed first",
      async (pin) => {
        const refused = await setPin(await worker("operator"), pin);
        expect([refused.statusCode, refused.json().code]).toEqual([422, "refused"]);
      },
    );

    test.each(["12345", "27182a", "1234567890123", ""])("is 6 to 12 digits, and not %j", async (pin) => {
      expect((await setPin(await worker("operator"), pin)).statusCode).toBe(400);
    });

    test("is for staff and operators of a waste bank, and for nobody who is not there", async () => {
      for (const id of [await worker("collector"), await worker("staff", null), await worker("admin")]) {
        const refused = await setPin(id, PIN);
        expect([refused.statusCode, refused.json().code], refused.body).toEqual([422, "refused"]);
      }
      expect((await setPin(api.members.mine, PIN)).statusCode).toBe(404);
      expect((await takePin(api.members.mine)).statusCode).toBe(404);
    });
  });
});
