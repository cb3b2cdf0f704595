/**
 * Runs the simulator: `npm run -s provider-sim -- --port 0 --seed 1 [--webhook URL] [--flip-webhook URL] [--state FILE] …`.
 *
 * Prints one JSON line when it listens: addresses, keys, tokens. SIGTERM or SIGINT stops it with code 0. Exit code 2 with the reason on
 * stderr when it is called wrongly, 1 when it cannot start.
 */
import { stopOnSignals } from "@jumpa-madu/contracts/shutdown";
import { readCommandLine, USAGE } from "./command-line.ts";
import { startProviderSim } from "./provider-sim.ts";

/** Longest time from the signal to the end, in milliseconds; then the process ends with code 1. */
const STOP_MS_MAX = 3_500;

/** Exit code when it is called wrongly. */
const EXIT_MISCALLED = 2;

function complain(reason: unknown): void {
  process.stderr.write(`provider-sim: ${reason instanceof Error ? reason.message : String(reason)}\n`);
}

const called = readCommandLine(process.argv.slice(2));
if (!called.ok) {
  complain(`${called.fault}\n${USAGE}`);
  process.exit(EXIT_MISCALLED);
}

try {
  const sim = await startProviderSim(called.options);
  const { xenditSecretKey, xenditCallbackToken, flipSecretKey, flipToken } = sim.secrets;
  const { url, controlUrl } = sim;
  process.stdout.write(
    `${JSON.stringify({ url, xenditSecretKey, xenditCallbackToken, flipSecretKey, flipToken, controlUrl })}\n`,
  );
  stopOnSignals({
    stop: () => sim.stop(),
    stopMsMax: STOP_MS_MAX,
    onSignal: () => undefined,
    onFailure: complain,
  });
} catch (error) {
  complain(error);
  process.exit(1);
}
