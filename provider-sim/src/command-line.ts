/** Reads the command line of the simulator. */
import { parseArgs } from "node:util";
import type { ProviderSimOptions } from "./provider-sim.ts";

/** How it is called. */
export const USAGE =
  "usage: npm run -s provider-sim -- --seed N [--port N] [--speed N] [--webhook URL] [--flip-webhook URL] [--state FILE] [--float RUPIAH] [--rate REQUESTS_PER_MINUTE]";

/** The options, or what is wrong with the command line. */
export type CommandLine = { ok: true; options: ProviderSimOptions } | { ok: false; fault: string };

const WHOLE = { port: 65_535, seed: 2 ** 32 - 1, speed: 100_000, float: 1e15, rate: 1e9 } as const;

/** `--webhook` is where Xendit's webhooks go, `--flip-webhook` where Flip's go. */
export function readCommandLine(args: string[]): CommandLine {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: "string" },
        seed: { type: "string" },
        speed: { type: "string" },
        webhook: { type: "string" },
        "flip-webhook": { type: "string" },
        state: { type: "string" },
        float: { type: "string" },
        rate: { type: "string" },
      },
    });
    const whole = (name: keyof typeof WHOLE) => wholeOf(name, values[name]);
    const seed = whole("seed");
    if (seed === undefined) return { ok: false, fault: "--seed is missing" };
    const speed = whole("speed");
    if (speed === 0) return { ok: false, fault: "--speed must be at least 1" };
    const floatIdr = whole("float");
    const rate = whole("rate");
    return {
      ok: true,
      options: {
        seed,
        port: whole("port") ?? 0,
        ...(speed === undefined ? {} : { speed }),
        ...(floatIdr === undefined ? {} : { floatIdr }),
        ...(rate === undefined ? {} : { limits: { requestsPerMinuteMax: rate } }),
        webhookUrls: { xendit: urlOf(values.webhook), flip: urlOf(values["flip-webhook"]) },
        statePath: values.state ?? null,
      },
    };
  } catch (error) {
    return { ok: false, fault: error instanceof Error ? error.message : String(error) };
  }
}

function wholeOf(name: keyof typeof WHOLE, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,16}$/.test(text) || Number(text) > WHOLE[name])
    throw new RangeError(`--${name} must be a whole number from 0 to ${WHOLE[name]}`);
  return Number(text);
}

function urlOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new TypeError(`${text} is not an http address`);
  return text;
}
