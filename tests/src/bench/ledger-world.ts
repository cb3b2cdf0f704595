/** Waste banks whose books have a past: who is there, what was deposited, and new deposits that fit. */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Deposit, DepositLine } from "@jumpa-madu/contracts/records";

/** Members of a waste bank, and deposits of each in its past: one line, two transfers. */
const MEMBERS_PER_WASTE_BANK = 10;
const DEPOSITS_PER_MEMBER = 50;
const DEPOSITS_PER_WASTE_BANK = MEMBERS_PER_WASTE_BANK * DEPOSITS_PER_MEMBER;

/** Transfers of the past of one waste bank. */
export const TRANSFERS_PER_WASTE_BANK = 2 * DEPOSITS_PER_WASTE_BANK;

/** Materials; the past knows only the first two, new deposits all. */
const MATERIALS = ["m0", "m1", "m2"];
const MATERIALS_OF_PAST = 2;

/** Price of each, and grams of every deposit of the past. */
const PRICE_IDR_PER_KG = 1_500;
const PAST_NET_G = 1_000;

/** When the past begins: 2025-07-12. The ids below begin with it, as UUIDv7 does. */
export const PAST_MS = 0x0198_0000_0000;

/** Ids as SQL: a number gives an id, and later numbers the greater ones. */
const idOf = (number: string) => `'01980000-0000-7000-8000-' || (100000000000 + ${number})`;

/** The same in JavaScript. */
const memberId = (number: number) => `01980000-0000-7000-8000-${100_000_000_000 + number}`;

/** What is there before the first waste bank. */
export const GROUND_SQL = [
  `insert into zones (id, name) values ('zone', 'zone')`,
  ...MATERIALS.map(
    (id) =>
      `insert into materials (id, name, category, created_ms) values ('${id}', '${id}', 'x', ${PAST_MS})`,
  ),
  ...MATERIALS.map(
    (
      id,
    ) => `insert into prices (id, material_id, waste_bank_id, price_idr_per_kg, valid_from_ms, created_ms, created_by)
      values ('price-${id}', '${id}', null, ${PRICE_IDR_PER_KG}, 0, 0, 'bench')`,
  ),
];

/** Tables that the past is written into. */
export const PAST_TABLES = [
  "waste_banks",
  "nodes",
  "scales",
  "devices",
  "members",
  "books",
  "accounts",
  "deposits",
  "deposit_lines",
  "journals",
  "transfers",
];

/**
 * Statements that make the waste banks `from` until before `to` with their past, as the ledger would have left it. They run
 * with triggers and foreign keys off. Deposits of members take turns, so an account's transfers lie scattered.
 */
export function pastSql(from: number, to: number): string[] {
  const numbers = (name: string, size: number) =>
    `with recursive ${name}(i) as (select ${from * size} union all select i + 1 from ${name} where i < ${to * size - 1})`;
  const wasteBanks = numbers("w", 1);
  const members = `${numbers("m", MEMBERS_PER_WASTE_BANK)},
    member as (select i, ${idOf("i")} as id, 'wb-' || (i / ${MEMBERS_PER_WASTE_BANK}) as waste_bank from m)`;
  const inTurn = (to - from) * MEMBERS_PER_WASTE_BANK;
  const deposits = `${numbers("d", DEPOSITS_PER_WASTE_BANK)},
    turn as (select i, ${from * MEMBERS_PER_WASTE_BANK} + (i - ${from * DEPOSITS_PER_WASTE_BANK}) % ${inTurn} as member,
      'm' || ((i - ${from * DEPOSITS_PER_WASTE_BANK}) / ${inTurn} % ${MATERIALS_OF_PAST}) as material from d),
    deposit as (select i, ${idOf("i")} as id, ${idOf("member")} as member, material, ${PAST_MS} + i as ms,
      'wb-' || (member / ${MEMBERS_PER_WASTE_BANK}) as waste_bank, 'node-' || (member / ${MEMBERS_PER_WASTE_BANK}) as node from turn)`;
  const hash = `'${"0123456789abcdef".repeat(4)}'`;
  return [
    `${wasteBanks} insert into waste_banks (id, name, zone_id, lat, lon, created_ms)
      select 'wb-' || i, 'x', 'zone', 3.5, 98.8, ${PAST_MS} from w`,
    `${wasteBanks} insert into nodes (id, shard, name, waste_bank_id, secret_hash, created_ms, updated_ms)
      select 'node-' || i, '0', 'x', 'wb-' || i, '', ${PAST_MS}, ${PAST_MS} from w`,
    `${wasteBanks} insert into scales (id, name, waste_bank_id, capacity_g, division_g, created_ms)
      select 'scale-' || i, 'x', 'wb-' || i, 150000, 20, ${PAST_MS} from w`,
    `${wasteBanks} insert into devices (id, node_id, scale_id, port, created_ms)
      select 'device-' || i, 'node-' || i, 'scale-' || i, '{}', ${PAST_MS} from w`,
    `${members} insert into members (id, number, waste_bank_id, created_ms)
      select id, 'N' || i, waste_bank, ${PAST_MS} from member`,
    `${members} insert into books (id, member_id, waste_bank_id, product_id, is_default, opened_ms)
      select id, id, waste_bank, 'regular', 1, ${PAST_MS} from member`,
    `${members} insert into accounts (id, ledger, kind, waste_bank_id, member_id, part, normal, floor_zero, credits_posted, created_ms)
      select 'member_savings/IDR/' || waste_bank || '/' || id || '/regular', 'IDR', 'member_savings', waste_bank, id, 'regular', 'C', 1,
        ${DEPOSITS_PER_MEMBER * amountIdr(PAST_NET_G, PRICE_IDR_PER_KG)}, ${PAST_MS} from member`,
    ...MATERIALS.flatMap((material, index) => accountsSql(wasteBanks, material, index < MATERIALS_OF_PAST)),
    `${deposits} insert into deposits (id, body_hash, source, node_id, waste_bank_id, member_id, purpose, settlement, product_id, device,
        receipt_no, total_idr, amount_rule, journal_id, occurred_ms, received_ms)
      select id, ${hash}, 'terminal', node, waste_bank, member, 'save', 'purchase', 'regular', node, 'R' || i,
        ${amountIdr(PAST_NET_G, PRICE_IDR_PER_KG)}, 'half-up-per-line-1', id, ms, ms from deposit`,
    `${deposits} insert into deposit_lines (deposit_id, line, material_id, price_id, price_idr_per_kg, gross_g, tare_g, net_g, stable,
        scale_id, raw, amount_idr)
      select id, 0, material, 'price-' || material, ${PRICE_IDR_PER_KG}, ${PAST_NET_G + 100}, 100, ${PAST_NET_G}, 1,
        'scale-' || substr(waste_bank, 4), '0d0a', ${amountIdr(PAST_NET_G, PRICE_IDR_PER_KG)} from deposit`,
    `${deposits} insert into journals (id, idempotency_key, request_hash, kind, transfers, actor, occurred_ms, created_ms)
      select id, 'deposit:' || id, ${hash}, 'deposit', 2, 'node:' || node, ms, ms from deposit`,
    `${deposits} insert into transfers (id, journal_id, line, debit_account_id, credit_account_id, amount, phase, created_ms)
      select ${idOf("2 * i + line")}, id, line,
        case line when 0 then 'stock/g:' || material || '/' || waste_bank else 'stock_value/IDR/' || waste_bank || '//' || material end,
        case line when 0 then 'intake/g:' || material || '/' || waste_bank
          else 'member_savings/IDR/' || waste_bank || '/' || member || '/regular' end,
        case line when 0 then ${PAST_NET_G} else ${amountIdr(PAST_NET_G, PRICE_IDR_PER_KG)} end, 'post', ms
      from deposit cross join (select 0 as line union all select 1) sides`,
  ];
}

/** Accounts of one material at each waste bank, with what the past has put on them. */
function accountsSql(wasteBanks: string, material: string, hasPast: boolean): string[] {
  const deposits = hasPast ? DEPOSITS_PER_WASTE_BANK / MATERIALS_OF_PAST : 0;
  const grams = deposits * PAST_NET_G;
  const worth = deposits * amountIdr(PAST_NET_G, PRICE_IDR_PER_KG);
  const insert = (id: string, values: string) => `${wasteBanks} insert into accounts
    (id, ledger, kind, waste_bank_id, part, normal, floor_zero, debits_posted, credits_posted, created_ms)
    select ${id}, ${values}, ${PAST_MS} from w`;
  return [
    insert(
      `'stock/g:${material}/wb-' || i`,
      `'g:${material}', 'stock', 'wb-' || i, null, 'D', 1, ${grams}, 0`,
    ),
    insert(
      `'intake/g:${material}/wb-' || i`,
      `'g:${material}', 'intake', 'wb-' || i, null, 'C', 1, 0, ${grams}`,
    ),
    insert(
      `'stock_value/IDR/wb-' || i || '//${material}'`,
      `'IDR', 'stock_value', 'wb-' || i, '${material}', 'D', 1, ${worth}, 0`,
    ),
  ];
}

/** A new deposit, with the node that sends it. */
export interface SentDeposit {
  node: string;
  deposit: Deposit;
}

/** A member of one of the first `wasteBanks` waste banks, the same for the same number. */
export function memberOf(wasteBanks: number, number: number): { wasteBank: string; member: string } {
  // A large odd step visits the members in no order that an index would like.
  const index = (number * 7_919) % (wasteBanks * MEMBERS_PER_WASTE_BANK);
  return { wasteBank: `wb-${Math.floor(index / MEMBERS_PER_WASTE_BANK)}`, member: memberId(index) };
}

/** New deposit number `number`, of one, two or three lines in turn. */
export function newDeposit(wasteBanks: number, number: number): SentDeposit {
  const { wasteBank, member } = memberOf(wasteBanks, number);
  const place = wasteBank.slice("wb-".length);
  const nowMs = Date.now();
  const lines: DepositLine[] = MATERIALS.slice(0, 1 + (number % MATERIALS.length)).map((material, line) => {
    const netG = 500 + ((number * 37 + line * 610) % 9_000);
    return {
      material,
      price: `price-${material}`,
      price_idr_per_kg: PRICE_IDR_PER_KG,
      gross_g: netG + 100,
      tare_g: 100,
      net_g: netG,
      stable: true,
      scale: `scale-${place}`,
      raw: "0d0a",
      amount_idr: amountIdr(netG, PRICE_IDR_PER_KG),
    };
  });
  const id = newEventId(nowMs);
  return {
    node: `node-${place}`,
    deposit: {
      kind: "deposit",
      id,
      t: nowMs,
      waste_bank: wasteBank,
      member,
      receipt_no: id.toUpperCase(),
      lines,
      total_idr: lines.reduce((sum, line) => sum + line.amount_idr, 0),
    },
  };
}
