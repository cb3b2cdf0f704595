/**
 * Banks and e-wallets that money can be sent to, with the code that each provider knows them by.
 *
 * Codes: Xendit's `GET /payouts_channels` lists them as `ID_…`; Flip's are on its page of destination bank codes, where BSI is still
 * `bsm`. Limits in whole rupiah after Xendit's page of limits and processing times: 250 million is BI-FAST's ceiling.
 */

/** One destination channel. */
export interface SimChannel {
  xenditCode: string;
  flipCode: string;
  category: "BANK" | "EWALLET";
  name: string;
  minimumIdr: number;
  maximumIdr: number;
}

const MILLION = 1_000_000;

function bank(codes: [xendit: string, flip: string], name: string, minimumIdr: number): SimChannel {
  const [xenditCode, flipCode] = codes;
  return { xenditCode, flipCode, category: "BANK", name, minimumIdr, maximumIdr: 250 * MILLION };
}

function wallet(
  codes: [xendit: string, flip: string],
  name: string,
  limitsIdr: [number, number],
): SimChannel {
  const [xenditCode, flipCode] = codes;
  const [minimumIdr, maximumIdr] = limitsIdr;
  return { xenditCode, flipCode, category: "EWALLET", name, minimumIdr, maximumIdr };
}

export const SIM_CHANNELS: readonly SimChannel[] = [
  bank(["ID_BCA", "bca"], "Bank Central Asia", 1),
  bank(["ID_BRI", "bri"], "Bank Rakyat Indonesia", 1),
  bank(["ID_BNI", "bni"], "Bank Negara Indonesia", 1),
  bank(["ID_MANDIRI", "mandiri"], "Bank Mandiri", 1),
  bank(["ID_PERMATA", "permata"], "Bank Permata", 1),
  bank(["ID_BSI", "bsm"], "Bank Syariah Indonesia", 5_000),
  bank(["ID_CIMB", "cimb"], "Bank CIMB Niaga", 5_000),
  wallet(["ID_DANA", "dana"], "DANA", [1, 20 * MILLION]),
  wallet(["ID_OVO", "ovo"], "OVO", [1, 20 * MILLION]),
  wallet(["ID_GOPAY", "gopay"], "GoPay", [10_000, 20 * MILLION]),
  wallet(["ID_SHOPEEPAY", "shopeepay"], "ShopeePay", [1, 20 * MILLION]),
  wallet(["ID_LINKAJA", "linkaja"], "LinkAja", [10_000, 10 * MILLION]),
];

/** The channel that Xendit calls so. */
export function channelOfXendit(code: string): SimChannel | undefined {
  return SIM_CHANNELS.find(({ xenditCode }) => xenditCode === code);
}

/** The channel that Flip calls so. Flip tells capital from small letters. */
export function channelOfFlip(code: string): SimChannel | undefined {
  return SIM_CHANNELS.find(({ flipCode }) => flipCode === code);
}
