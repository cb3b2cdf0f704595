/** Channels: the banks and e-wallets that a member can be paid through, and what each provider calls them. */
import type { PayoutProviderId } from "./outcome.ts";

/** Our codes of the channels. */
export const CHANNEL_CODES = [
  "bca",
  "bri",
  "bni",
  "mandiri",
  "bsi",
  "permata",
  "cimb",
  "dana",
  "ovo",
  "gopay",
  "shopeepay",
  "linkaja",
] as const;
export type ChannelCode = (typeof CHANNEL_CODES)[number];

/**
 * How far a provider's code is to be trusted.
 *
 * `documented`: in the provider's own pages. `third_party`: in other people's code. `unconfirmed`: follows the pattern of the
 * others. What is not documented is compared with the provider's own list (Xendit `GET /payouts_channels?currency=IDR`, Flip
 * `GET /v2/general/banks`) before real money goes that way; a wrong one is refused by the provider and costs nothing.
 */
export type CodeTrust = "documented" | "third_party" | "unconfirmed";

/** A provider's code of a channel. */
export interface ProviderCode {
  code: string;
  trust: CodeTrust;
}

/** Lowest and highest, both allowed. */
export interface Span {
  min: number;
  max: number;
}

/** One bank or e-wallet. */
export interface Channel {
  code: ChannelCode;
  kind: "bank" | "ewallet";
  /** As people know it. */
  name: string;
  /** Digits of an account number. An e-wallet's is a mobile number from `08` on. */
  digits: Span;
  /** Whole rupiah of one payout. */
  amountIdr: Span;
  providers: Readonly<Record<PayoutProviderId, ProviderCode>>;
}

/** Mobile numbers from `08` on. */
const MOBILE: Span = { min: 10, max: 13 };

/** BI-FAST carries no more in one transfer. */
const BI_FAST_IDR_MAX = 250_000_000;

/** Least that Flip transfers, whole rupiah (third-party; its dashboard tells). Xendit's least stands at the channel. */
const FLIP_AMOUNT_IDR_MIN = 10_000;

const bank = (code: ChannelCode, name: string, rest: Omit<Channel, "code" | "kind" | "name">): Channel => ({
  code,
  kind: "bank",
  name,
  ...rest,
});

const wallet = (
  code: ChannelCode,
  name: string,
  rest: Omit<Channel, "code" | "kind" | "name" | "digits">,
): Channel => ({ code, kind: "ewallet", name, digits: MOBILE, ...rest });

const documented = (code: string): ProviderCode => ({ code, trust: "documented" });
const thirdParty = (code: string): ProviderCode => ({ code, trust: "third_party" });
const unconfirmed = (code: string): ProviderCode => ({ code, trust: "unconfirmed" });

/**
 * Every channel.
 *
 * Sources. Digits of BCA, BRI, BNI, Mandiri, Permata: docsv2.xendit.co, payouts in Indonesia; of BSI and CIMB: unconfirmed, and
 * wide for that reason. Amounts: docs.xendit.co, limits and processing times (a page of the former product); of Permata, BSI
 * and CIMB as for BI-FAST. ID_BCA and ID_MANDIRI: docs.xendit.co. Flip's `bca`, `bri`, `bni`, `mandiri`, `bsm`, `cimb`: its
 * former documentation; BSI kept the code of Bank Syariah Mandiri.
 */
export const CHANNELS: Readonly<Record<ChannelCode, Channel>> = {
  bca: bank("bca", "BCA", {
    digits: { min: 10, max: 10 },
    amountIdr: { min: 1, max: BI_FAST_IDR_MAX },
    providers: { "xendit-v2": documented("ID_BCA"), "flip-v3": documented("bca") },
  }),
  bri: bank("bri", "BRI", {
    digits: { min: 13, max: 17 },
    amountIdr: { min: 1, max: BI_FAST_IDR_MAX },
    providers: { "xendit-v2": thirdParty("ID_BRI"), "flip-v3": documented("bri") },
  }),
  bni: bank("bni", "BNI", {
    digits: { min: 7, max: 11 },
    amountIdr: { min: 1, max: BI_FAST_IDR_MAX },
    providers: { "xendit-v2": thirdParty("ID_BNI"), "flip-v3": documented("bni") },
  }),
  mandiri: bank("mandiri", "Bank Mandiri", {
    digits: { min: 12, max: 17 },
    amountIdr: { min: 1, max: BI_FAST_IDR_MAX },
    providers: { "xendit-v2": documented("ID_MANDIRI"), "flip-v3": documented("mandiri") },
  }),
  bsi: bank("bsi", "Bank Syariah Indonesia", {
    digits: { min: 7, max: 16 },
    amountIdr: { min: 5_000, max: BI_FAST_IDR_MAX },
    providers: { "xendit-v2": thirdParty("ID_BSI"), "flip-v3": documented("bsm") },
  }),
  permata: bank("permata", "Bank Permata", {
    digits: { min: 7, max: 16 },
    amountIdr: { min: 1, max: BI_FAST_IDR_MAX },
    providers: { "xendit-v2": thirdParty("ID_PERMATA"), "flip-v3": unconfirmed("permata") },
  }),
  cimb: bank("cimb", "CIMB Niaga", {
    digits: { min: 7, max: 16 },
    amountIdr: { min: 5_000, max: BI_FAST_IDR_MAX },
    providers: { "xendit-v2": thirdParty("ID_CIMB"), "flip-v3": documented("cimb") },
  }),
  dana: wallet("dana", "DANA", {
    amountIdr: { min: 1, max: 20_000_000 },
    providers: { "xendit-v2": thirdParty("ID_DANA"), "flip-v3": unconfirmed("dana") },
  }),
  ovo: wallet("ovo", "OVO", {
    amountIdr: { min: 1, max: 20_000_000 },
    providers: { "xendit-v2": thirdParty("ID_OVO"), "flip-v3": unconfirmed("ovo") },
  }),
  gopay: wallet("gopay", "GoPay", {
    amountIdr: { min: 10_000, max: 20_000_000 },
    providers: { "xendit-v2": thirdParty("ID_GOPAY"), "flip-v3": unconfirmed("gopay") },
  }),
  shopeepay: wallet("shopeepay", "ShopeePay", {
    amountIdr: { min: 1, max: 20_000_000 },
    providers: { "xendit-v2": thirdParty("ID_SHOPEEPAY"), "flip-v3": unconfirmed("shopeepay") },
  }),
  linkaja: wallet("linkaja", "LinkAja", {
    amountIdr: { min: 10_000, max: 10_000_000 },
    providers: { "xendit-v2": thirdParty("ID_LINKAJA"), "flip-v3": unconfirmed("linkaja") },
  }),
};

/** Tells whether the text is one of our channel codes. */
export function isChannelCode(text: string): text is ChannelCode {
  return CHANNEL_CODES.some((code) => code === text);
}

/** What one payout may amount to through this channel of this provider, whole rupiah. */
export function amountSpanOf(channel: ChannelCode, provider: PayoutProviderId): Span {
  const { min, max } = CHANNELS[channel].amountIdr;
  return { min: provider === "flip-v3" ? Math.max(min, FLIP_AMOUNT_IDR_MIN) : min, max };
}
