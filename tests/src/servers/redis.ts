/** Real Redis for tests. */
import { join } from "node:path";
import { requireExecutable } from "./binary.ts";
import { type Child, startChild } from "./child.ts";
import { freePort } from "./free-port.ts";
import { answersTcp } from "./tcp-probe.ts";
import { makeTempDir } from "./temp-dir.ts";

/** A running Redis that keeps nothing on disk. */
export interface Redis {
  /** `redis://127.0.0.1:port` */
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

/** Starts Redis on a free port of 127.0.0.1. */
export async function startRedis(): Promise<Redis> {
  const command = requireExecutable(["/usr/bin/redis-server", "/usr/local/bin/redis-server"], "redis-server");
  const temp = makeTempDir("redis");
  const port = await freePort();
  const start = () =>
    startChild({
      command,
      args: [
        "--port",
        `${port}`,
        "--bind",
        "127.0.0.1",
        "--dir",
        temp.path,
        "--save",
        "",
        "--appendonly",
        "no",
      ],
      logFile: join(temp.path, "redis.log"),
      isReady: () => answersTcp(port, "PING\r\n", "+PONG"),
    });
  let child: Child = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
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
