import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Member } from "@jumpa-madu/contracts/http/members";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestApi, type TestApi, type Who } from "../testing/api-fixture.ts";

let api: TestApi;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "jumpa-madu-members-"));
  api = await startTestApi({ databaseUrl: `sqlite:${join(folder, "books.sqlite")}` });
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const post = (url: string, body: unknown, who: Who = "operator", headers = {}) =>
  api.call(who, "POST", url, { body, headers });
const get = async (url: string, who: Who = "operator") => (await api.call(who, "GET", url)).json();

async function register(more: object, who: Who = "operator"): Promise<Member> {
  const answer = await post("/v1/members", { name: "Nasabah Uji", waste_bank: "wb-1", ...more }, who);
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}

const numbersOf = async (query: string, who: Who = "operator") =>
  (await get(`/v1/members?${query}`, who)).items.map(({ number }: Member) => number);

const deedsOf = async (id: string) =>
  (
    await api.store.db
      .selectFrom("audit_events")
      .select("action")
      .where("subject", "=", `member:${id}`)
      .execute()
  )
    .map(({ action }) => action)
    .sort();

describe("registration", () => {
  test("tells of the member with the same name and phone, and registers another person who is confirmed to be one", async () => {
    const first = await register({ name: "Nasabah Kembar", phone: "0812-7000-4411" });
    const again = { name: "nasabah KEMBAR", waste_bank: "wb-1", phone: "+62 812 7000 4411" };
    const refused = await post("/v1/members", again);
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toMatchObject({
      code: "conflict",
      detail: expect.stringContaining(first.number),
      faults: [{ path: "/confirm_duplicate" }],
    });
    const phoneAlone = await register({ name: "Nasabah Lain", phone: "081270004411" });
    const nameAlone = await register({ name: "Nasabah Kembar", phone: "081270004412" });
    const confirmed = await register({ ...again, confirm_duplicate: true });
    expect(new Set([first.id, phoneAlone.id, nameAlone.id, confirmed.id]).size).toBe(4);
  });

  test("takes a group with whom to ask for, and tells kind and consent", async () => {
    const member = await register({
      name: "Kelompok Melati",
      kind: "group",
      contact: "Pengurus Satu",
      consent: { version: "2026-01" },
    });
    expect(member).toMatchObject({
      kind: "group",
      name: "Kelompok Melati",
      consent: { act: "given", version: "2026-01" },
      closed_at: null,
      erased_at: null,
    });
    expect(await get(`/v1/members/${member.id}`)).toEqual(member);
  });

  test("answers a repeat as the first time, though no name is kept for it", async () => {
    const body = { name: "Nasabah Ulang", waste_bank: "wb-1", phone: "081277770000" };
    const headers = { "idempotency-key": "register-once" };
    const first = await post("/v1/members", body, "operator", headers);
    const again = await post("/v1/members", body, "operator", headers);
    expect([first.statusCode, again.statusCode]).toEqual([201, 201]);
    expect(again.json()).toEqual(first.json());
    const kept = await api.store.db.selectFrom("idempotent_answers").selectAll().execute();
    expect(JSON.stringify(kept)).not.toMatch(/ulang|0812777/i);
  });

  test("refuses a NIK without consent, of a wrong form, or of another member, whose number it tells", async () => {
    const nik = "1207010101910001";
    const consent = { version: "2026-01" };
    const body = { name: "Nasabah Nik", waste_bank: "wb-1", nik };
    expect((await post("/v1/members", body)).statusCode).toBe(422);
    for (const wrong of ["120701010191000", "12070101019100011", "120701010191000x"])
      expect((await post("/v1/members", { ...body, nik: wrong, consent })).statusCode).toBe(400);
    const { number } = await register({ nik, consent });
    const twice = await post("/v1/members", { ...body, consent });
    expect(twice.statusCode).toBe(409);
    expect(twice.json().detail).toContain(number);
    expect(await numbersOf("q=nasabah%20nik")).toEqual([]);
  });

  test("lets one of two win who register the same NIK at once", async () => {
    const body = { waste_bank: "wb-1", nik: "1207010101910002", consent: { version: "2026-01" } };
    const answers = await Promise.all(
      [1, 2, 3].map((n) => post("/v1/members", { ...body, name: `Nasabah Rebut ${n}` })),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort((a, b) => a - b)).toEqual([201, 409, 409]);
  });
});

describe("finding", () => {
  test("by phone in any spelling, by words of the name, by card", async () => {
    const { number } = await register({ name: "Cari Saya", phone: "+6281288880000", card: "62E3086CFF" });
    for (const query of [
      "phone=081288880000",
      "phone=6281288880000",
      "phone=%2B62%20812-8888-0000",
      "q=0812%208888%200000",
      "q=say%20cari",
      "q=62E3086CFF",
      "card=62E3086CFF",
      `q=${number.toLowerCase()}`,
    ])
      expect(await numbersOf(query), query).toEqual([number]);
    expect(await numbersOf("phone=abc")).toEqual([]);
    expect(await numbersOf("phone=081288880000", "staff")).toEqual([number]);
  });

  test("a phone number is registered and changed in any spelling, and refused in words", async () => {
    const body = { name: "Nomor Panjang", waste_bank: "wb-1" };
    const { id, number, phone } = await register({ ...body, phone: "0812-7766 5544" });
    expect(phone).toBe("+6281277665544");
    for (const spelling of ["+62 812.7766.5544", "62 (0)812 7766-5544", "81277665544"]) {
      const put = await api.call("operator", "PUT", `/v1/members/${id}`, {
        body: { name: body.name, kind: "individual", phone: spelling, address: null, contact: null },
      });
      expect(put.json().phone, spelling).toBe("+6281277665544");
      expect(await numbersOf("phone=0812%207766%205544")).toEqual([number]);
    }
    for (const wrong of ["0812x7766", "12", "tidak ada"]) {
      const answer = await post("/v1/members", { ...body, phone: wrong });
      expect(answer.json(), wrong).toMatchObject({
        status: 400,
        faults: [{ path: "/phone", message: expect.stringMatching(/^write 6 to 15 digits, such as 0812-/) }],
      });
    }
  });

  test("an operator finds members of another waste bank who have a book at the own one, and no others", async () => {
    const { id, number } = await register({ name: "Tamu Jauh", waste_bank: "wb-2" }, "admin");
    expect(await numbersOf("q=tamu")).toEqual([]);
    expect((await api.call("operator", "GET", `/v1/members/${id}`)).statusCode).toBe(403);
    await api.store.db
      .insertInto("books")
      .values({
        id: newEventId(),
        member_id: id,
        waste_bank_id: "wb-1",
        product_id: "regular",
        is_default: 1,
        opened_ms: 0,
        closed_ms: null,
      })
      .execute();
    expect(await numbersOf("q=tamu")).toEqual([number]);
    expect((await api.call("operator", "GET", `/v1/members/${id}`)).statusCode).toBe(200);
  });
});

describe("cards", () => {
  test("a lost card's token finds nobody when a new one is drawn", async () => {
    const { id, number } = await register({ name: "Kartu Hilang" });
    const draw = async () => (await post(`/v1/members/${id}/card-token`, undefined)).json().card;
    const [lost, card] = [await draw(), await draw()];
    expect(card).toMatch(/^JMC-[A-Z2-7]{16}$/);
    expect(await numbersOf(`card=${lost}`)).toEqual([]);
    expect(await numbersOf(`card=${card}`)).toEqual([number]);
    expect(await deedsOf(id)).toEqual(["member.card_given", "member.card_given", "member.registered"]);
  });

  test("a card's code is told once, to whoever gives it, and stands in no other answer", async () => {
    const { id, number } = await register({ name: "Kartu Rahasia", phone: "081244440000" });
    const headers = { "idempotency-key": "kartu-1" };
    const draw = async () =>
      (await api.call("operator", "POST", `/v1/members/${id}/card-token`, { headers })).json();
    const { card, ...member } = await draw();
    expect(member).toMatchObject({ has_card: true, card_hint: card.slice(-4), name: "Kartu Rahasia" });
    expect(await draw()).toEqual({ ...member, card: null });
    for (const url of [
      `/v1/members/${id}`,
      `/v1/members/${id}/personal-data`,
      `/v1/members/${id}/account`,
      `/v1/members?q=${number}`,
      `/v1/members?card=${card}`,
      `/v1/members?q=${number}&format=csv`,
      `/v1/audit-events?subject=member:${id}`,
    ]) {
      const answer = await api.call("admin", "GET", url);
      expect(answer.statusCode, url).toBe(200);
      expect(answer.body, url).not.toContain(card);
    }
    expect((await api.call("admin", "GET", `/v1/members?card=${card}`)).json().items).toHaveLength(1);
    const put = async (code: string) =>
      (await api.call("operator", "PUT", `/v1/members/${id}/card`, { body: { card: code } })).json();
    expect(await put("1234567")).toMatchObject({ card: "1234567", has_card: true, card_hint: null });
    // Neither the code nor the name that the answer had are kept for a repeat.
    const kept = await api.store.db.selectFrom("idempotent_answers").select("body").execute();
    expect(kept.map(({ body }) => body).join("")).toContain(id);
    for (const word of [card, "Kartu Rahasia", "081244440000"])
      expect(kept.map(({ body }) => body).join("")).not.toContain(word);
  });
});

describe("personal data", () => {
  const change = {
    name: "Nama Baru",
    kind: "individual",
    phone: null,
    address: "Jalan Dua 2",
    contact: null,
  };

  test("is read whole by a route that writes it into the audit log", async () => {
    const { id } = await register({
      nik: "1207010101910077",
      consent: { version: "2026-01" },
      address: "Jalan Satu 1",
    });
    expect(await get(`/v1/members/${id}/personal-data`)).toEqual({
      member: id,
      name: "Nasabah Uji",
      phone: null,
      address: "Jalan Satu 1",
      contact: null,
      nik_last4: "0077",
    });
    expect(await deedsOf(id)).toContain("member.read");
  });

  test("is changed as a whole, but for a NIK that is not spoken of", async () => {
    const { id } = await register({ nik: "1207010101910078", consent: { version: "2026-01" } });
    const answer = await api.call("operator", "PUT", `/v1/members/${id}`, { body: change });
    expect(answer.json()).toMatchObject({ name: "Nama Baru", phone: null });
    expect(await get(`/v1/members/${id}/personal-data`)).toMatchObject({
      address: "Jalan Dua 2",
      nik_last4: "0078",
    });
    expect((await api.call("operator", "PUT", `/v1/members/${id}`, { body: { name: "X" } })).statusCode).toBe(
      400,
    );
    const unknown = await api.call("admin", "PUT", `/v1/members/${newEventId()}`, { body: change });
    expect(unknown.statusCode).toBe(404);
  });
});

test("a consent that is taken back stands in a list, and in the history", async () => {
  const { id, number } = await register({ name: "Tarik Izin", consent: { version: "2026-01" } });
  const answer = await post(`/v1/members/${id}/consents`, { act: "withdrawn", version: "2026-01" });
  expect(answer.json().consent).toMatchObject({ act: "withdrawn" });
  expect(await numbersOf("consent=withdrawn")).toEqual([number]);
  expect((await get(`/v1/members/${id}/consents`)).items.map(({ act }: { act: string }) => act)).toEqual([
    "withdrawn",
    "given",
  ]);
  expect((await post(`/v1/members/${id}/consents`, { act: "withdrawn", version: "2" })).statusCode).toBe(422);
});

test("a PIN is given and taken, and one that is guessed first is refused", async () => {
  const { id } = await register({ name: "Pin Saya" });
  const put = (pin: string) => api.call("operator", "PUT", `/v1/members/${id}/pin`, { body: { pin } });
  expect((await put("123456")).statusCode).toBe(422);
  expect((await put("12")).statusCode).toBe(400);
  expect((await put("482913")).statusCode).toBe(204);
  expect((await api.call("operator", "DELETE", `/v1/members/${id}/pin`)).statusCode).toBe(204);
  expect(
    (await api.call("member", "PUT", `/v1/members/${id}/pin`, { body: { pin: "482913" } })).statusCode,
  ).toBe(403);
  expect(await deedsOf(id)).toEqual(["member.pin_given", "member.pin_taken", "member.registered"]);
});

describe("endings", () => {
  const reason = { reason: "asked for it" };

  test("an operator closes nobody; staff do, and a closed member gets no card", async () => {
    const { id } = await register({ name: "Tutup Buku" });
    expect((await post(`/v1/members/${id}/close`, reason)).statusCode).toBe(403);
    expect((await post(`/v1/members/${id}/close`, {}, "staff")).statusCode).toBe(400);
    const closed = await post(`/v1/members/${id}/close`, reason, "staff");
    expect(closed.json()).toMatchObject({ name: "Tutup Buku", erased_at: null });
    expect(closed.json().closed_at).not.toBeNull();
    expect((await post(`/v1/members/${id}/card-token`, undefined)).statusCode).toBe(409);
    expect((await post(`/v1/members/${newEventId()}/close`, reason, "staff")).statusCode).toBe(404);
  });

  test("a closed member whose NIK keeps the number taken is opened again by staff, an erased one is not", async () => {
    const { id, number } = await register({
      name: "Kembali Lagi",
      nik: "1207010101910055",
      consent: { version: "2026-01" },
    });
    await post(`/v1/members/${id}/close`, reason, "staff");
    const again = { name: "Kembali Lagi", waste_bank: "wb-1", nik: "1207010101910055" };
    const anew = await post("/v1/members", { ...again, consent: { version: "2026-01" } });
    expect([anew.statusCode, anew.json().detail]).toEqual([409, expect.stringContaining(number)]);
    expect((await post(`/v1/members/${id}/reopen`, reason)).statusCode).toBe(403);
    expect((await post(`/v1/members/${id}/reopen`, { reason: "   " }, "staff")).statusCode).toBe(400);
    for (let twice = 0; twice < 2; twice++) {
      const opened = await post(`/v1/members/${id}/reopen`, reason, "staff");
      expect([opened.statusCode, opened.json()]).toMatchObject([200, { id, closed_at: null }]);
    }
    expect(await deedsOf(id)).toEqual([
      "consent.given",
      "member.closed",
      "member.registered",
      "member.reopened",
    ]);
    await post(`/v1/members/${id}/erase`, reason, "staff");
    const gone = await post(`/v1/members/${id}/reopen`, reason, "staff");
    expect([gone.statusCode, gone.json().detail]).toEqual([409, expect.stringContaining("register anew")]);
    expect((await post(`/v1/members/${newEventId()}/reopen`, reason, "staff")).statusCode).toBe(404);
  });

  test("nothing of an erased member is in any file of the books, nor in the log", async () => {
    const words = [
      "Zwingli",
      "Terhapus",
      "6281255554444",
      "081255554444",
      "Jalan Lenyap",
      "1207010101919999",
      "JMC-",
    ];
    const { id, number } = await register({
      name: "Zwingli Terhapus",
      phone: "081255554444",
      address: "Jalan Lenyap 9",
      nik: "1207010101919999",
      consent: { version: "2026-01" },
    });
    const { card } = (await post(`/v1/members/${id}/card-token`, undefined)).json();
    const user = { username: "zwingli", role: "member", member: id, password: "a long password" };
    expect((await post("/v1/users", user, "admin")).statusCode).toBe(201);
    const data = async () => await get(`/v1/members/${id}/personal-data`, "staff");
    expect(await data()).toMatchObject({ name: "Zwingli Terhapus" });

    const erased = await post(`/v1/members/${id}/erase`, reason, "staff");
    expect(erased.json()).toMatchObject({ number, name: null, phone: null, has_card: false });
    expect((await post(`/v1/members/${id}/erase`, reason, "staff")).statusCode).toBe(200);
    expect(await data()).toMatchObject({ name: null, phone: null, address: null, nik_last4: null });
    expect(
      (await post("/v1/sessions", { username: "zwingli", password: "a long password" }, null)).statusCode,
    ).toBe(401);

    await sql`vacuum`.execute(api.store.db);
    await sql`pragma wal_checkpoint(truncate)`.execute(api.store.db);
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString("latin1"));
    expect(files.length).toBeGreaterThan(0);
    // The number is there, so the look is not in vain.
    expect(files.join("")).toContain(number);
    for (const word of [...words.filter((one) => one !== "JMC-"), card, "zwingli"]) {
      expect(files.join("").toLowerCase().includes(word.toLowerCase()), word).toBe(false);
      expect(api.logged.join("").includes(word), word).toBe(false);
    }
  });
});

test("a member of an older book is found by the code that it had there", async () => {
  const { id, number } = await register({ name: "Nasabah Lama" });
  const code = { waste_bank_id: "wb-1", code: "M0009", member_id: id };
  await api.store.db.insertInto("imported_members").values(code).execute();
  expect(await numbersOf("q=m0009")).toEqual([number]);
  expect(await numbersOf("q=0009")).toEqual([]);
});
