/**
 * What a stranger must know of every write that moves money or grams, or leads to it: what it posts (D debit, C credit), what it
 * refuses, and a body that can be sent. Added to the description of the route.
 */

/** Words of one write. */
export interface MoneyWords {
  posts: string;
  refuses: string;
  /** A body, for those that take one. */
  example?: object;
}

const ID = "01a20e2c-ecc5-7364-87d5-72a708d29b0f";
const MEMBER = "01a159ee-279c-73b9-a567-206e6675feff";
const OTHER = "01a20e2c-bfed-7a8b-815c-635803858572";
const BANK = "bsi-berseri";
const TAKEN_ID = "an id that was used with another body (409)";
const REASON = { reason: "salah ketik" };
const VOID = { id: ID, ...REASON };

/** By method and path. */
export const MONEY_WORDS: Readonly<Record<string, MoneyWords>> = {
  "POST /v1/deposits": {
    posts:
      "purchase: D stock_value C member_savings (cash: on to the drawer; donate: C donations), and D stock C intake in grams. Share of sale: grams alone",
    refuses: `another sum than \`expected_total_idr\` (409), what looks like a deposit of the last 10 minutes (\`confirm_duplicate\`), cash without an open shift, a closed book, ${TAKEN_ID}`,
    example: {
      id: ID,
      waste_bank: BANK,
      member: MEMBER,
      lines: [{ material: "kardus", net_g: 14_150, evidence: { typed: { reason: "timbangan pasar" } } }],
      expected_total_idr: 11_957,
    },
  },
  "POST /v1/deposits/:id/void": {
    posts: "the mirror image of the deposit",
    refuses: "after 15 minutes; when the member has spent the money or its waste was sold (409)",
    example: VOID,
  },
  "POST /v1/deposits/:id/correction": {
    posts: "the mirror image of the deposit and, with lines, a deposit in its place",
    refuses:
      "whoever took it; money that was spent, waste that was sold, cash of a drawer that was counted (409)",
    example: {
      ...VOID,
      lines: [{ material: "kardus", net_g: 1_415, evidence: { typed: { reason: "koma salah" } } }],
    },
  },
  "POST /v1/deposit-differences/:id/settle": {
    posts: "nothing: it notes who has looked",
    refuses: "settled twice (409)",
    example: { note: "harga lama di terminal" },
  },
  "POST /v1/prices": {
    posts: "nothing: deposits from `valid_from` on take it",
    refuses: "a start in the past; the end of a price that nothing takes the place of",
    example: { material: "kardus", price_idr_per_kg: 845 },
  },
  "POST /v1/terms": {
    posts: "nothing: deposits from `valid_from` on take them",
    refuses: "a start in the past; a share below 10000 with purchase",
    example: { waste_bank: BANK, member_kind: "group", settlement: "share_of_sale", share_bps: 8_000 },
  },
  "POST /v1/sales": {
    posts:
      "D receivable C sales, D cost_of_sales C stock_value (consigned: C member_savings), and the grams out of stock; with `paid` also D cash_vault or bank_account C receivable",
    refuses: `more than the books have, more at the buyer than went out, a buyer that is neither an off-taker nor the parent, ${TAKEN_ID}`,
    example: {
      id: ID,
      waste_bank: BANK,
      buyer: { off_taker: "pengepul-tembung" },
      occurred_at: "2026-11-21T09:00:00+07:00",
      lines: [{ material: "kardus", out_g: 84_000, accepted_g: 83_500, price_idr_per_kg: 1_140 }],
      paid: { into: "cash_vault", amount_idr: 95_190 },
    },
  },
  "POST /v1/sales/:id/void": {
    posts: "the mirror images of the sale and its payments",
    refuses:
      "whoever sold it; a share that a member has withdrawn, money that has gone on, waste that the parent has sold (409)",
    example: VOID,
  },
  "POST /v1/sale-payments": {
    posts:
      "D cash_vault or bank_account C receivable; a parent's: also D payable C its cash_vault or bank_account",
    refuses: `more than is owed; a parent that has less; ${TAKEN_ID}`,
    example: { id: ID, sale: OTHER, into: "bank_account", amount_idr: 176_262 },
  },
  "POST /v1/stock-counts": {
    posts:
      "missing: D shrinkage C stock, D shrinkage_value C stock_value; found: D stock C surplus, D stock_value C shrinkage_value",
    refuses: `while another count of the material waits (409), ${TAKEN_ID}`,
    example: {
      id: ID,
      waste_bank: BANK,
      material: "kardus",
      counted_g: 171_500,
      reason: "opname bulanan",
      occurred_at: "2026-11-24T16:00:00+07:00",
    },
  },
  "POST /v1/stock-counts/:id/approve": {
    posts: "what the count says, as if it had been small",
    refuses: "whoever counted; a count that has ended; books that have less by now (409)",
  },
  "POST /v1/stock-counts/:id/dismiss": {
    posts: "nothing",
    refuses: "whoever counted; a count that has ended (409)",
  },
  "POST /v1/savings-products": {
    posts: "nothing",
    refuses: "an id that is taken (409); windows that overlap",
    example: {
      id: "lebaran",
      name: "Tabungan Lebaran",
      waste_bank: BANK,
      rules: {
        min_balance_idr: 0,
        min_withdrawal_idr: 10_000,
        lock_days: 0,
        windows: [{ from: "2027-02-24", until: "2027-03-09" }],
      },
    },
  },
  "POST /v1/savings-products/:id/rules": {
    posts: "nothing: withdrawals are judged by them from their start on",
    refuses: "a start that is not one to come; windows that overlap",
    example: { min_balance_idr: 5_000, min_withdrawal_idr: 10_000, lock_days: 0, windows: [] },
  },
  "POST /v1/books": {
    posts: "nothing: the account is opened with the first deposit",
    refuses:
      "a second book of the product (409), a product that the waste bank does not offer, a member who has left",
    example: { member: MEMBER, waste_bank: BANK, product: "lebaran" },
  },
  "POST /v1/books/:id/close": {
    posts: "nothing",
    refuses: "a book with money on it or on its way out, and the default book while others are open (409)",
    example: REASON,
  },
  "POST /v1/books/:id/reopen": { posts: "nothing", refuses: "a member who has left", example: REASON },
  "POST /v1/book-moves": {
    posts: "D member_savings C member_savings",
    refuses: `what the rules of the book that it leaves refuse; books of two members or waste banks; ${TAKEN_ID}`,
    example: { id: ID, from: MEMBER, to: OTHER, amount_idr: 50_000 },
  },
  "POST /v1/mass-withdrawals": {
    posts: "pend D member_savings C payout_clearing for each book that gets something",
    refuses: `${TAKEN_ID}; books that get nothing are listed with the reason, not refused`,
    example: {
      id: ID,
      waste_bank: BANK,
      product: "lebaran",
      channel: "bca",
      amount: "all",
      reason: "pencairan Lebaran",
    },
  },
  "POST /v1/mass-withdrawals/:id/approve": {
    posts: "nothing at once: the payouts go on their way as if each had been approved alone",
    refuses: "whoever asked; payouts that cannot be approved are counted with the last reason, not refused",
  },
  "POST /v1/shifts": {
    posts: "D cash_drawer C cash_vault: the float",
    refuses: `a second open shift of the same person (409), more than is in the vault, ${TAKEN_ID}`,
    example: { id: ID, waste_bank: BANK, float_idr: 500_000 },
  },
  "POST /v1/shifts/:id/close": {
    posts:
      "D node_cash C cash_drawer for each terminal named; D over_short C cash_drawer, or the other way round; D cash_vault C cash_drawer: what was counted",
    refuses: "a shift that is closed (409), terminals of another waste bank",
    example: { id: ID, counted: { "50000": 9, "10000": 2 }, nodes: ["berseri-1"] },
  },
  "POST /v1/shifts/:id/explain": {
    posts: "nothing",
    refuses: "a shift that is open, or was explained (409)",
    example: VOID,
  },
  "POST /v1/shifts/:id/confirm": {
    posts: "nothing",
    refuses: "the cashier and whoever counted; a difference that wants a reason and has none (409)",
    example: { id: ID },
  },
  "POST /v1/cash-movements": {
    posts:
      "by kind: capital_in D cash_vault or bank_account C capital, capital_out the other way; vault_to_bank, bank_to_vault, bank_to_provider, provider_to_bank, vault_to_drawer, drawer_to_vault from the one to the other; vault_over D cash_vault C over_short, vault_short the other way",
    refuses: `more than the books hold where it would come from; fields that the kind does not take; ${TAKEN_ID}`,
    example: {
      id: ID,
      waste_bank: BANK,
      kind: "bank_to_provider",
      provider: "xendit-v2",
      amount_idr: 2_000_000,
      reason: "saldo pencairan",
    },
  },
  "POST /v1/cash-movements/:id/approve": {
    posts: "what was asked for",
    refuses: "whoever asked; one that is decided (409); more than the books hold by now",
  },
  "POST /v1/cash-movements/:id/reject": {
    posts: "nothing",
    refuses: "whoever asked; one that is decided (409)",
  },
  "POST /v1/cash-movements/:id/void": {
    posts: "the mirror image",
    refuses: "whoever asked for it; one of a drawer that has been counted since (409)",
    example: VOID,
  },
  "POST /v1/expenses": {
    posts:
      "D expense C cash_vault, bank_account or the caller's cash_drawer; nothing yet beyond Rp 500,000 of one person on one day, until another person approves",
    refuses: `more than is there; of the future or older than 31 days; ${TAKEN_ID}`,
    example: {
      id: ID,
      waste_bank: BANK,
      category: "transport",
      amount_idr: 45_000,
      from: "drawer",
      note: "solar betor",
    },
  },
  "POST /v1/expenses/:id/approve": {
    posts: "what was asked for",
    refuses:
      "whoever spent it; one that is decided, or of a drawer that has been counted since (409); more than the books hold by now",
  },
  "POST /v1/expenses/:id/reject": {
    posts: "nothing",
    refuses: "whoever spent it; one that is decided (409)",
  },
  "POST /v1/expenses/:id/void": {
    posts: "the mirror image",
    refuses: "whoever spent it; voided twice; one of a drawer that has been counted since (409)",
    example: VOID,
  },
  "POST /v1/payouts": {
    posts: "pend D member_savings C payout_clearing: the amount, and the fee where the member bears it",
    refuses: `what the rules of the book or a limit refuse (the answer names it), a destination younger than 24 hours, a member who has left, ${TAKEN_ID}`,
    example: {
      id: ID,
      member: MEMBER,
      waste_bank: BANK,
      amount_idr: 25_000,
      channel: "bca",
      destination: OTHER,
    },
  },
  "POST /v1/payouts/:id/approve": {
    posts: "nothing: cash waits for the cashier, all else goes to the provider",
    refuses:
      "whoever asked, and the member's own user; a payout that is decided, or waits for an earlier one that is under review (409); a destination that has become unusable",
  },
  "POST /v1/payouts/:id/reject": {
    posts: "void of what is held",
    refuses: "whoever asked; a payout that is on its way or has ended (409)",
    example: REASON,
  },
  "POST /v1/payouts/:id/cancel": {
    posts: "void of what is held",
    refuses: "a payout that is on its way or has ended (409)",
    example: REASON,
  },
  "POST /v1/payouts/:id/pay": {
    posts: "settle, and D payout_clearing C cash_drawer",
    refuses:
      "a wrong PIN or card; without an open shift or with too little in the drawer, a payout that is not approved, or was handed out by another cashier or in another shift (409)",
    example: { confirmation: { kind: "pin", pin: "271828" } },
  },
  "POST /v1/payouts/:id/retry": {
    posts: "pend, as a payout of its own",
    refuses:
      "a payout that has not failed, is under review or follows on one that is, was written off, or was taken up again (409); whatever a new request would be refused for",
    example: { id: ID },
  },
  "POST /v1/payouts/:id/resolve": {
    posts:
      "nothing at first. When a second person agrees: paid, settle and out; not_paid, void; written_off, D expense C provider_float",
    refuses:
      "whoever asked, and the member's own user; a payout that is neither under review nor unsent (409)",
    example: { resolution: "paid", reason: "dasbor penyedia: berhasil" },
  },
  "POST /v1/payouts/:id/settle-owed": {
    posts: "nothing until another person approves it",
    refuses: `a payout of which nothing came back for a member who had left; without an open shift at that waste bank; what was asked for or paid already (409); ${TAKEN_ID}`,
    example: { id: ID, reason: "kartu keluarga dilihat" },
  },
  "POST /v1/owed-settlements/:id/approve": {
    posts: "D owed_to_former C cash_drawer of whoever asked, and draws the receipt number",
    refuses:
      "whoever asked, and the person's own user; one that is decided (409); a drawer that has been counted since, or holds too little",
  },
  "POST /v1/owed-settlements/:id/reject": {
    posts: "nothing",
    refuses: "whoever asked; one that is decided (409)",
  },
  "POST /v1/payout-inbox/:id/settle": {
    posts: "nothing: what a message says moves no money",
    refuses: "a message that was not put aside, or that somebody else has settled (409)",
    example: { note: "dasbor penyedia: pembayaran unit lain" },
  },
  "POST /v1/payout-limits": {
    posts: "nothing",
    refuses:
      "a start in the past; a start that is taken (409); Rp 0 as what one payout or one day may be at most",
    example: { scope: "member_day", amount_idr: 1_000_000 },
  },
  "POST /v1/payout-fees": {
    posts: "nothing",
    refuses: "a start in the past; a start that is taken (409)",
    example: { channel_kind: "bank", fee_idr: 2_500, bearer: "member", refunded: true },
  },
  "POST /v1/members/:id/destinations": {
    posts: "nothing; number and holder are sealed under the member's key",
    refuses: `a number that does not fit the channel; an account that the member has already, ${TAKEN_ID}; more than 10 in use`,
    example: { id: ID, channel: "bca", account_number: "1111122222", account_name: "Nasabah 001" },
  },
  "POST /v1/members/:id/destinations/:destination/confirm": {
    posts: "nothing",
    refuses: "whoever added it",
    example: { reason: "rekening istri, sudah ditanya" },
  },
};

/** Headings of the description, in the order in which a stranger reads: who and where, waste in, money, waste out, proof, devices. */
export const TAGS = [
  { name: "people", description: "Sessions, users, members: registered, closed, erased" },
  { name: "places", description: "Zones, waste banks, bins, scales" },
  { name: "trade", description: "Materials, prices, terms, and deposits" },
  { name: "savings", description: "Products and their rules, books, passbooks, mass withdrawals" },
  {
    name: "payouts",
    description: "Money to members, in cash or through a provider: limits, fees, destinations, reviews",
  },
  { name: "cash", description: "Shifts and drawers, the waste bank's own money, expenses, solvency" },
  { name: "stock", description: "Sales to off-takers and the parent, counts" },
  { name: "reports", description: "Mass balance and margin" },
  { name: "proof", description: "Daily closes and who did what" },
  { name: "telemetry", description: "Levels of bins and weights of scales" },
  { name: "nodes", description: "Edge nodes, their devices, sensors without a node" },
];
