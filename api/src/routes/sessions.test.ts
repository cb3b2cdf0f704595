import { newEventId } from "@jumpa-madu/contracts/ids";
import { SESSION_MS, SESSIONS_PER_USER_MAX } from "@jumpa-madu/store/sessions";
import { findCredentials } from "@jumpa-madu/store/users";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TRIES_PER_NAME_MAX, WINDOW_MS } from "../auth/sign-in-throttle.ts";
import { startTestApi, type TestApi } from "../testing/api-fixture.ts";

const PASSWORD = "kata sandi yang panjang";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  const body = { username: "rina", role: "operator", waste_bank: "wb-1", password: PASSWORD };
  const answer = await api.call("admin", "POST", "/v1/users", { body });
  expect(answer.statusCode, answer.body).toBe(201);
});
afterAll(() => api.close());

const signIn = (username: string, password: string) =>
  api.call(null, "POST", "/v1/sessions", { body: { username, password } });
const useToken = (token: string) =>
  api.call(null, "GET", "/v1/materials", { headers: { authorization: `Bearer ${token}` } });

test("a session begins with the right password and ends on demand", async () => {
  const answer = await signIn("rina", PASSWORD);
  expect(answer.statusCode).toBe(201);
  expect(answer.headers["cache-control"]).toBe("no-store");
  const { token, expires_at, user } = answer.json();
  expect(user).toMatchObject({ username: "rina", role: "operator", waste_bank: "wb-1", member: null });
  expect(Date.parse(expires_at)).toBe(api.clock.nowMs + SESSION_MS);
  expect((await useToken(token)).statusCode).toBe(200);
  const ended = await api.call(null, "DELETE", "/v1/sessions/current", {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(ended.statusCode).toBe(204);
  expect((await useToken(token)).statusCode).toBe(401);
});

test("the database keeps neither the token nor the password", async () => {
  const { token } = (await signIn("rina", PASSWORD)).json();
  const rows = await api.store.db.selectFrom("sessions").selectAll().execute();
  const kept = JSON.stringify([rows, await findCredentials(api.store.db, "rina")]);
  expect(kept).not.toContain(token);
  expect(kept).not.toContain(PASSWORD);
  expect(kept).toContain("$argon2id$v=19$m=19456,t=2,p=1$");
});

test("a session ends after twelve hours", async () => {
  const { token } = (await signIn("rina", PASSWORD)).json();
  api.clock.nowMs += SESSION_MS - 1;
  expect((await useToken(token)).statusCode).toBe(200);
  api.clock.nowMs += 1;
  expect((await useToken(token)).statusCode).toBe(401);
  api.clock.nowMs = Date.now();
});

test("who is disabled is out at once and cannot come back", async () => {
  const body = { username: "keluar", role: "staff", password: PASSWORD };
  const { id } = (await api.call("admin", "POST", "/v1/users", { body })).json();
  const { token } = (await signIn("keluar", PASSWORD)).json();
  expect((await api.call("admin", "POST", `/v1/users/${id}/disablement`)).statusCode).toBe(201);
  expect((await useToken(token)).statusCode).toBe(401);
  expect((await signIn("keluar", PASSWORD)).statusCode).toBe(401);
});

test("an unknown name and a wrong password cannot be told apart", async () => {
  const [unknown, wrong] = [await signIn("nobody", PASSWORD), await signIn("rina", "wrong")];
  expect(unknown.statusCode).toBe(401);
  expect(unknown.body).toBe(wrong.body);
});

test("the one who guesses is slowed down, and the real user is not", async () => {
  const body = { username: "target", role: "staff", password: PASSWORD };
  await api.call("admin", "POST", "/v1/users", { body });
  const answers = [];
  for (let n = 0; n <= TRIES_PER_NAME_MAX; n++) answers.push(await signIn("target", `guess ${n}`));
  expect(answers.slice(0, -1).every(({ statusCode }) => statusCode === 401)).toBe(true);
  const last = answers.at(-1);
  expect(last?.statusCode).toBe(429);
  expect(Number(last?.headers["retry-after"])).toBe(WINDOW_MS / 1_000);
  expect((await signIn("target", PASSWORD)).statusCode, "even with the right password").toBe(429);
  expect((await signIn("rina", PASSWORD)).statusCode, "other names may").toBe(201);
  const elsewhere = await api.app.inject({
    method: "POST",
    url: "/v1/sessions",
    payload: { username: "target", password: PASSWORD },
    remoteAddress: "203.0.113.8",
  });
  expect(elsewhere.statusCode, "and the real user elsewhere").toBe(201);
  api.clock.nowMs += WINDOW_MS;
  expect((await signIn("target", PASSWORD)).statusCode).toBe(201);
  api.clock.nowMs = Date.now();
});

test("one user has a limited number of sessions; the oldest goes", async () => {
  const body = { username: "many", role: "staff", password: PASSWORD };
  await api.call("admin", "POST", "/v1/users", { body });
  const tokens: string[] = [];
  for (let n = 0; n <= SESSIONS_PER_USER_MAX; n++) {
    api.clock.nowMs += 1;
    tokens.push((await signIn("many", PASSWORD)).json().token);
  }
  expect((await useToken(tokens[0] ?? "")).statusCode).toBe(401);
  expect((await useToken(tokens[1] ?? "")).statusCode).toBe(200);
});

test("a user needs what the role needs, a password of ten characters, and a name of the own", async () => {
  const make = async (body: object) => (await api.call("admin", "POST", "/v1/users", { body })).statusCode;
  expect(await make({ username: "op", role: "operator" })).toBe(400);
  expect(await make({ username: "op.1", role: "operator" })).toBe(422);
  expect(await make({ username: "mem", role: "member" })).toBe(422);
  // An officer may be a member as well, one that there is.
  expect(await make({ username: "stf.1", role: "staff", member: api.members.mine })).toBe(201);
  expect(await make({ username: "stf", role: "staff", member: newEventId() })).toBe(422);
  expect(await make({ username: "stf", role: "staff", password: "too short" })).toBe(400);
  expect(await make({ username: "rina", role: "staff" })).toBe(409);
  expect(await make({ username: "op.2", role: "operator", waste_bank: "none" })).toBe(422);
});

test("a password that nobody gave is drawn and works", async () => {
  const { password } = (
    await api.call("admin", "POST", "/v1/users", { body: { username: "drawn", role: "staff" } })
  ).json();
  expect(password).toMatch(/^[\w-]{16}$/);
  expect((await signIn("drawn", password)).statusCode).toBe(201);
});
