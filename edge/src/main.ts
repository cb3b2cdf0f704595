/**
 * Entry point of the edge: the agent, and the commands of whoever sets it up.
 *
 *   (nothing)    the agent
 *   doctor       what hangs on the serial ports, and how to configure it
 *   calibrate    the distances of an empty and a full bin
 *
 * Exit codes of the agent: 0 stopped by a signal, 1 failed (the supervisor starts it again), 2 the configuration is wrong
 * (starting again will not help). Its standard output carries nothing but the log. A command loads only what it needs.
 */
const [command, ...args] = process.argv.slice(2);

const EXIT_USAGE = 2;

const USAGE = `npm run -s edge                       the agent, as the file that EDGE_CONFIG names configures it
npm run -s edge -- doctor [PATH...]   what hangs on the serial ports, and how to configure it
npm run -s edge -- calibrate BIN      the distances of an empty and a full bin
Each command says with --help what it takes.
`;

async function run(): Promise<void> {
  switch (command) {
    case undefined: {
      const { runAgent } = await import("./run-agent.ts");
      return await runAgent();
    }
    case "doctor": {
      const { runDoctor } = await import("./doctor/doctor.ts");
      process.exitCode = await runDoctor(args, terminal());
      return;
    }
    case "calibrate": {
      const { runCalibrate } = await import("./doctor/calibrate.ts");
      const parts = { ...terminal(), input: process.stdin, environment: process.env };
      process.exitCode = await runCalibrate(args, parts);
      // An open input would keep the process; whatever it is, a terminal, a pipe or a file, it can be destroyed.
      process.stdin.destroy();
      return;
    }
    case "--help":
    case "-h":
      process.stdout.write(USAGE);
      return;
    default:
      process.stderr.write(
        `unknown command "${command}"; there are doctor and calibrate, or none for the agent\n`,
      );
      process.exitCode = EXIT_USAGE;
  }
}

/** The terminal of this process; Ctrl-C ends a command in order. */
function terminal() {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  return {
    out: (text: string) => void process.stdout.write(text),
    err: (text: string) => void process.stderr.write(text),
    signal: stop.signal,
  };
}

await run();
