/**
 * A treasury as a process of its own that kills itself at a step: told by a message, after everything was loaded. SIGKILL ends it
 * at once, as the kernel or a power cut would; nothing of it runs any more.
 */
import { openRelational } from "@jumpa-madu/store/relational-store";
import { openVault } from "@jumpa-madu/store/vault";
import { loadConfig } from "@jumpa-madu/treasury/config";
import { startTreasury } from "@jumpa-madu/treasury/treasury";
import pino from "pino";
import { type OnStep, type Step, steppingFetch, steppingStore } from "./stepping.ts";

/** What the process is told: where it dies, and the so-many-th time that it gets there; null: nowhere. */
export interface Orders {
  step: Step | null;
  time: number;
}

/** What it tells once it serves. */
export interface Serving {
  httpUrl: string;
}

const loaded = loadConfig(process.env);
if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
const config = loaded.value;
// Whoever started it is gone: nobody would end it.
process.on("disconnect", () => process.exit(1));
process.once("message", (orders: Orders) => void start(orders));
process.send?.("loaded");

async function start({ step, time }: Orders): Promise<void> {
  let times = 0;
  const onStep: OnStep = (reached) => {
    if (reached !== step || ++times < time) return;
    process.kill(process.pid, "SIGKILL");
    // Until the kernel has done it.
    for (;;);
  };
  globalThis.fetch = steppingFetch(globalThis.fetch, onStep);
  const onConnectionError = () => undefined;
  const vault = await openVault({ url: config.VAULT_URL, masterKey: config.VAULT_KEY, onConnectionError });
  const { httpUrl } = await startTreasury(config, {
    store: steppingStore(openRelational(config.DATABASE_URL, onConnectionError), onStep),
    vault,
    log: pino({ name: "treasury", level: config.TREASURY_LOG_LEVEL }),
    workerId: `mortal:${process.pid}`,
  });
  process.send?.({ httpUrl } satisfies Serving);
}
