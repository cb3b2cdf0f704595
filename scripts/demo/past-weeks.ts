/**
 * Five weeks of a waste bank, told through the API as they would have happened: rules and money first, members who bring waste
 * every week, accounts that they want to be paid to, a sale. The api's clock is set back for it.
 */
import { type ApiClient, apiClient } from "./api-client.ts";
import { eventId } from "./event-id.ts";
import { createPlaces, createTrade, type Member } from "./sample-city.ts";
import { MATERIALS } from "./sample-data.ts";

/** Waste bank whose weeks are told. */
export const TOLD_BANK = "bsi-berseri";

/** Number of the simulated accounts: what the simulator does with each stands in docs/BANK.md. */
export const ACCOUNTS = {
  succeeds: { channel: "bca", account_number: "1111122222" },
  wallet: { channel: "dana", account_number: "081211112222" },
  fails: { channel: "bca", account_number: "9000121212" },
  comesBack: { channel: "bca", account_number: "9000707070" },
  waits: { channel: "bca", account_number: "2222233333" },
} as const;

/** What the waste bank keeps with the provider, in whole rupiah; the simulated one begins with it. */
export const PROVIDER_FLOAT_IDR = 2_000_000;

const DAY_MS = 86_400_000;
const WEEKS = 5;

/** Members who come every week, and what each of them brings: material and kilograms. */
const REGULARS = 6;
const BAGS = [
  { material: "kardus", kg: 14 },
  { material: "pet-bersih", kg: 9 },
  { material: "aluminium", kg: 2 },
  { material: "hvs", kg: 11 },
  { material: "besi", kg: 6 },
] as const;

/** A user who signs in. */
export interface Login {
  username: string;
  password: string;
}

/** Who tells the story. */
export interface Cast {
  admin: Login;
  staff: Login;
  operator: Login;
}

/** Where the story is told. `setClock` sets the api's. */
export interface PastStage<Users extends Omit<Cast, "admin">> {
  url: string;
  setClock(ms: number): Promise<void>;
  /** Makes the users of each role, as an admin. */
  createUsers(api: ApiClient): Promise<Users>;
}

/** Tells the weeks and answers the users that were made; what else became of them stands in the books. */
export async function tellPastWeeks<Users extends Omit<Cast, "admin">>(
  stage: PastStage<Users>,
  admin: Login,
): Promise<Users> {
  const nowMs = Date.now();
  const dayMs = (daysAgo: number) => nowMs - daysAgo * DAY_MS;
  /** Signs people in on a day: sessions do not last for a week. */
  const on = async (daysAgo: number, ...logins: Login[]) => {
    await stage.setClock(dayMs(daysAgo));
    return await Promise.all(logins.map((login) => signIn(stage.url, login)));
  };

  const first = WEEKS * 7;
  const [boss] = (await on(first, admin)) as [ApiClient];
  await createPlaces(boss);
  await createTrade(boss);
  const users = await stage.createUsers(boss);
  const [staff] = (await on(first - 0.1, users.staff)) as [ApiClient];
  await agreeOnRules(boss, staff, nowMs);
  await bringMoney(staff);
  const members = await boss.all<Member>(`/v1/members?waste_bank=${TOLD_BANK}`);
  const regulars = members.slice(0, REGULARS);

  for (let week = 1; week <= WEEKS; week++) {
    const daysAgo = first - week * 7 + 6;
    const [operator] = (await on(daysAgo, users.operator)) as [ApiClient];
    if (week === 1) await openLebaranBooks(operator, regulars.slice(3));
    await takeWeek(operator, regulars, week);
    if (week === WEEKS - 1) await addAccounts(operator, regulars);
  }
  const [clerk, chief] = (await on(3, users.staff, admin)) as [ApiClient, ApiClient];
  await sell(clerk, dayMs(3));
  await fillProvider(clerk, chief);
  return users;
}

async function signIn(url: string, login: Login): Promise<ApiClient> {
  const { token } = await apiClient(url).request<{ token: string }>("POST", "/v1/sessions", login);
  return apiClient(url, token);
}

/** Terms, a product for Lebaran, limits and fees: an admin asks for them and staff approve. */
async function agreeOnRules(admin: ApiClient, staff: ApiClient, nowMs: number): Promise<void> {
  await admin.request("POST", "/v1/terms", { settlement: "purchase", share_bps: 10_000 });
  const ofGroups = { member_kind: "group", settlement: "share_of_sale", share_bps: 8_000 };
  await admin.request("POST", "/v1/terms", { waste_bank: TOLD_BANK, ...ofGroups });
  await admin.request("POST", "/v1/savings-products", {
    id: "lebaran",
    name: "Tabungan Lebaran",
    waste_bank: TOLD_BANK,
    rules: {
      min_balance_idr: 0,
      min_withdrawal_idr: 10_000,
      lock_days: 0,
      windows: [{ from: localDay(nowMs + 90 * DAY_MS), until: localDay(nowMs + 104 * DAY_MS) }],
    },
  });
  for (const limit of [
    { scope: "payout_min", channel_kind: "bank", amount_idr: 10_000 },
    { scope: "payout_max", channel_kind: "cash", amount_idr: 500_000 },
    { scope: "second_approval", amount_idr: 750_000 },
    { scope: "member_day", amount_idr: 1_000_000 },
    { scope: "unit_day", amount_idr: 10_000_000 },
  ]) {
    const { id } = await admin.request<{ id: string }>("POST", "/v1/payout-limits", limit);
    await staff.request("POST", `/v1/payout-limits/${id}/approve`);
  }
  for (const fee of [
    { channel_kind: "bank", fee_idr: 2_500, bearer: "member", refunded: true },
    { channel_kind: "ewallet", fee_idr: 1_000, bearer: "bank" },
  ]) {
    const { id } = await admin.request<{ id: string }>("POST", "/v1/payout-fees", fee);
    await staff.request("POST", `/v1/payout-fees/${id}/approve`);
  }
}

/** Capital: in the vault and on the bank account. */
async function bringMoney(staff: ApiClient): Promise<void> {
  for (const [place, amountIdr] of [
    ["cash_vault", 3_000_000],
    ["bank_account", 5_000_000],
  ] as const) {
    await move(staff, { kind: "capital_in", amount_idr: amountIdr, place, reason: "modal awal" });
  }
}

async function openLebaranBooks(operator: ApiClient, members: Member[]): Promise<void> {
  for (const { id } of members)
    await operator.request("POST", "/v1/books", { member: id, waste_bank: TOLD_BANK, product: "lebaran" });
}

async function takeWeek(operator: ApiClient, members: Member[], week: number): Promise<void> {
  for (const [index, { id }] of members.entries()) {
    const bags = [0, 1, 2].map((bag) => BAGS[(index + week + bag * 2) % BAGS.length] ?? BAGS[0]);
    // In the even weeks those who save for Lebaran do.
    const product = index >= 3 && week % 2 === 0 ? { product: "lebaran" } : {};
    await operator.request("POST", "/v1/deposits", {
      id: eventId(),
      waste_bank: TOLD_BANK,
      member: id,
      ...product,
      lines: bags.map(({ material, kg }) => ({
        material,
        net_g: kg * 1_000 + ((index * 7 + week * 13) % 10) * 50,
        evidence: { typed: { reason: "timbangan pasar" } },
      })),
    });
  }
}

/** Members agree that their data is used, and name the account that they want to be paid to. */
async function addAccounts(operator: ApiClient, members: Member[]): Promise<void> {
  const accounts = Object.values(ACCOUNTS);
  for (const [index, { id, name }] of members.slice(0, accounts.length).entries()) {
    await operator.request("POST", `/v1/members/${id}/consents`, { act: "given", version: "2026-1" });
    const account = { id: eventId(), ...accounts[index], account_name: name };
    await operator.request("POST", `/v1/members/${id}/destinations`, account);
  }
}

/** Sells most of what has been brought to an off-taker, who takes a little less than went out and pays in cash. */
async function sell(staff: ApiClient, atMs: number): Promise<void> {
  await staff.ensure("/v1/off-takers", { id: "pengepul-tembung", name: "Pengepul Tembung" });
  const lines = BAGS.map(({ material, kg }) => {
    const outG = kg * 6_000;
    const priceIdrPerKg = MATERIALS.find(({ id }) => id === material)?.priceIdrPerKg ?? 0;
    const acceptedG = outG - 500;
    return {
      material,
      out_g: outG,
      accepted_g: acceptedG,
      price_idr_per_kg: Math.round(priceIdrPerKg * 1.35),
    };
  });
  await staff.request("POST", "/v1/sales", {
    id: eventId(),
    waste_bank: TOLD_BANK,
    buyer: { off_taker: "pengepul-tembung" },
    occurred_at: new Date(atMs).toISOString(),
    lines,
    paid: { into: "cash_vault", amount_idr: 400_000 },
  });
}

/** Money at the provider, which payouts are made from: asked for by staff, approved by the admin. */
async function fillProvider(staff: ApiClient, admin: ApiClient): Promise<void> {
  const fill = { kind: "bank_to_provider", provider: "xendit-v2", amount_idr: PROVIDER_FLOAT_IDR };
  const id = await move(staff, { ...fill, reason: "saldo pencairan" });
  await admin.request("POST", `/v1/cash-movements/${id}/approve`);
}

async function move(staff: ApiClient, movement: object): Promise<string> {
  const id = eventId();
  await staff.request("POST", "/v1/cash-movements", { id, waste_bank: TOLD_BANK, ...movement });
  return id;
}

/** Day in WIB. */
function localDay(ms: number): string {
  return new Date(ms + 7 * 3_600_000).toISOString().slice(0, 10);
}
