/** Runs a simulated fleet: `npm run -s sim -- --help`. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Checked } from "@jumpa-madu/contracts/validate";
import { type Credentials, chooseNodes, formatCredentials, parseCredentials } from "./credentials.ts";
import { type FleetProgress, startFleet } from "./fleet.ts";
import { HELP, parseOptions, type SimOptions } from "./options.ts";
import { registerFleet } from "./registration.ts";

const EXIT_INCOMPLETE = 1;
const EXIT_OPTIONS = 2;

/** Ports of MQTT without and with TLS. */
const PORTS = { "mqtt:": 1883, "mqtts:": 8883 };

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function nodesOf(options: SimOptions): Promise<Checked<Credentials[]>> {
  const { source, saveCredentialsFile } = options;
  if (source.kind === "credentials") {
    const parsed = parseCredentials(readFileSync(source.file, "utf8"));
    return parsed.ok ? chooseNodes(parsed.value, options) : parsed;
  }
  say(`registering ${options.bins} bins and ${options.scales} scales`);
  const nodes = await registerFleet(source.url, options);
  if (saveCredentialsFile !== null)
    writeFileSync(saveCredentialsFile, formatCredentials(nodes), { mode: 0o600 });
  return { ok: true, value: nodes };
}

function wordsOf(progress: FleetProgress): string {
  const { up, nodes, sent, acknowledged, deposits, deposits_acknowledged, p50_ms, p99_ms, reconnects } =
    progress;
  const trouble = progress.last_trouble === null ? "" : `, last trouble: ${progress.last_trouble}`;
  return (
    `${up} of ${nodes} nodes up, readings ${acknowledged} of ${sent}, deposits ${deposits_acknowledged} of ${deposits} ` +
    `acknowledged, p50 ${p50_ms ?? "-"} ms, p99 ${p99_ms ?? "-"} ms, ${reconnects} reconnects${trouble}`
  );
}

async function run(options: SimOptions): Promise<number> {
  const nodes = await nodesOf(options);
  if (!nodes.ok) {
    say(nodes.faults.join("\n"));
    return EXIT_OPTIONS;
  }
  const { broker, caFile } = options;
  const isTls = broker.protocol === "mqtts:";
  const address = {
    host: broker.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(broker.port || PORTS[isTls ? "mqtts:" : "mqtt:"]),
    tls: isTls,
    ca: caFile === null ? undefined : readFileSync(caFile, "utf8"),
  };
  const fleet = startFleet({ ...options, address, nodes: nodes.value }, (progress) => say(wordsOf(progress)));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      say("no more readings; waiting for the last acknowledgements");
      fleet.finish();
      process.once(signal, () => process.exit(EXIT_INCOMPLETE));
    });
  }
  const result = await fleet.done;
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.unacknowledged === 0 ? 0 : EXIT_INCOMPLETE;
}

const parsed = parseOptions(process.argv.slice(2));
if (parsed === "help") process.stdout.write(HELP);
else if (!parsed.ok) {
  say(`${parsed.faults.join("\n")}\nsee --help`);
  process.exitCode = EXIT_OPTIONS;
} else {
  process.exitCode = await run(parsed.value).catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    return EXIT_INCOMPLETE;
  });
}
