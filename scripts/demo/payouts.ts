/** The demo's payouts of today: asked for at the counter, approved by somebody else, sent to the simulated provider. */
import { type ApiClient, apiClient } from "./api-client.ts";
import { eventId } from "./event-id.ts";
import { ACCOUNTS, type Cast, TOLD_BANK } from "./past-weeks.ts";
import type { Member } from "./sample-city.ts";

/** What the operator's drawer begins with, in whole rupiah. */
const FLOAT_IDR = 500_000;

/** Opens the operator's shift, pays one member in cash and orders transfers; one waits for whoever looks at the demo. */
export async function payMembers(url: string, { staff, operator }: Omit<Cast, "admin">): Promise<void> {
  const [chief, counter] = await Promise.all([staff, operator].map((login) => signIn(url, login)));
  if (chief === undefined || counter === undefined) return;
  await counter.request("POST", "/v1/shifts", { id: eventId(), waste_bank: TOLD_BANK, float_idr: FLOAT_IDR });

  const members = await counter.all<Member>(`/v1/members?waste_bank=${TOLD_BANK}`);
  for (const [index, name] of Object.keys(ACCOUNTS).entries()) {
    const member = members[index];
    if (member === undefined) return;
    const path = `/v1/members/${member.id}/destinations`;
    const [destination] = (await counter.request<{ items: { id: string; channel: string }[] }>("GET", path))
      .items;
    if (destination === undefined) return;
    const payout = {
      channel: destination.channel,
      destination: destination.id,
      amount_idr: 25_000 + 5_000 * index,
    };
    const id = await ask(counter, { member: member.id, ...payout });
    if (name !== "waits") await chief.request("POST", `/v1/payouts/${id}/approve`);
  }
  const inCash = { member: members[Object.keys(ACCOUNTS).length]?.id, channel: "cash", amount_idr: 30_000 };
  const id = await ask(counter, inCash);
  await chief.request("POST", `/v1/payouts/${id}/approve`);
  await counter.request("POST", `/v1/payouts/${id}/pay`, { confirmation: { kind: "signature" } });
}

/** What a person types to look at the money; the passbook is that of the member who signs in. */
export async function linesToTry(
  url: string,
  member: { username: string; password: string },
): Promise<string[]> {
  const session = await apiClient(url).request<{ token: string; user: { member: string } }>(
    "POST",
    "/v1/sessions",
    member,
  );
  const { token } = session;
  const [book] = await apiClient(url, token).all<{ id: string }>(`/v1/members/${session.user.member}/books`);
  const bearer = `-H "authorization: Bearer ${token}"`;
  return [
    `curl -s ${bearer} ${url}/v1/payouts?limit=5`,
    // A file finds its style beside it: the api gives it to no page from elsewhere.
    `curl -s ${url}/v1/passbook.css > passbook.css`,
    `curl -s ${bearer} '${url}/v1/books/${book?.id}/passbook?format=html' | sed 's#/v1/passbook.css#passbook.css#' > passbook.html`,
  ];
}

async function ask(counter: ApiClient, payout: object): Promise<string> {
  const id = eventId();
  await counter.request("POST", "/v1/payouts", { id, waste_bank: TOLD_BANK, ...payout });
  return id;
}

async function signIn(url: string, login: { username: string; password: string }): Promise<ApiClient> {
  const { token } = await apiClient(url).request<{ token: string }>("POST", "/v1/sessions", login);
  return apiClient(url, token);
}
