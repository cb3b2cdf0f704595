/** Real Mosquitto for tests. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireExecutable } from "./binary.ts";
import { type Child, startChild } from "./child.ts";
import { freePort } from "./free-port.ts";
import { answersTcp } from "./tcp-probe.ts";
import { makeTempDir } from "./temp-dir.ts";

/** A running Mosquitto: anonymous, without limits on queues, nothing kept on disk. */
export interface Mosquitto {
  /** `mqtt://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/**
 * Starts Mosquitto on a free port of 127.0.0.1. `extraConfig` is appended to its configuration file.
 *
 * Its default drops messages above 1,000 a client in silence, so queues are unlimited here as they must be in service.
 */
export async function startMosquitto(extraConfig = ""): Promise<Mosquitto> {
  const command = requireExecutable(["/usr/sbin/mosquitto", "/usr/bin/mosquitto"], "mosquitto");
  const temp = makeTempDir("mosquitto");
  const port = await freePort();
  const configFile = join(temp.path, "mosquitto.conf");
  writeFileSync(
    configFile,
    `listener ${port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
max_inflight_messages 1000
${process.getuid?.() === 0 ? "user root\n" : ""}${extraConfig}
`,
  );
  const start = () =>
    startChild({
      command,
      args: ["-c", configFile],
      logFile: join(temp.path, "mosquitto.log"),
      isReady: () => answersTcp(port),
    });
  let child: Child = await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid;
    },
    stop: () => child.stop(),
    kill: () => child.kill(),
    async restart() {
      await child.stop();
      child = await start();
    },
    async remove() {
      await child.stop();
      temp.remove();
    },
  };
}
