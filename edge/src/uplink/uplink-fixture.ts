/** A node's uplink on a real broker, for the tests of the uplink. */
import type { Server } from "node:net";
import type { Notice } from "@jumpa-madu/contracts/notice";
import pino from "pino";
import { onTestFinished } from "vitest";
import { openLastGood } from "../catalogue/last-good.ts";
import { freshFolder } from "../fresh-folder.ts";
import { type Outbox, openOutbox } from "../outbox/outbox.ts";
import { level, TEST_LIMITS } from "../outbox/outbox-fixture.ts";
import type { OutboxLimits } from "../outbox/outbox-limits.ts";
import { type TestBroker, testBroker } from "./broker-fixture.ts";
import { nodeConfigReceiverOf } from "./node-config-receiver.ts";
import { startUplink, type Uplink } from "./uplink.ts";
import { UPLINK_LIMITS, type UplinkLimits } from "./uplink-limits.ts";

/** Short waits, so that tests need not wait for long ones. */
const LIMITS: UplinkLimits = {
  ...UPLINK_LIMITS,
  resend: { firstMs: 60, maxMs: 200 },
  reconnect: { firstMs: 20, maxMs: 50 },
  statusPauseMs: 20,
};

/** What a test looks at. */
export interface Node {
  broker: TestBroker;
  outbox: Outbox;
  uplink: Uplink;
}

/** What differs from a node of the field; `prepare` runs before it connects. */
export interface NodeOptions {
  limits?: Partial<UplinkLimits>;
  outbox?: Partial<OutboxLimits>;
  broker?: TestBroker;
  notices?: () => Notice[];
  prepare?: (outbox: Outbox, broker: TestBroker) => void;
}

/** A node with its outbox, connected to a broker of its own. */
export async function node({
  limits,
  outbox: outboxLimits,
  broker: given,
  notices,
  prepare,
}: NodeOptions = {}): Promise<Node> {
  const log = pino({ level: "silent" });
  const folder = freshFolder();
  const broker = given ?? (await testBroker());
  const outbox = openOutbox(`${folder}/outbox.sqlite`, { ...TEST_LIMITS, ...outboxLimits });
  const kept = openLastGood(`${folder}/kept.sqlite`, log);
  prepare?.(outbox, broker);
  const uplink = startUplink({
    node: "node-1",
    shard: "s1",
    broker: { url: broker.url },
    secret: "sesame",
    version: "1.2.3",
    outbox,
    nodeConfig: nodeConfigReceiverOf({
      initial: { version: 0, ports: [] },
      kept,
      log,
    }),
    notices: notices ?? (() => []),
    limits: { ...LIMITS, ...limits },
    log,
  });
  onTestFinished(async () => {
    await uplink.stop();
    outbox.close();
    kept.close();
    await broker.stop();
  });
  return { broker, outbox, uplink };
}

/** Lets a server listen on a free port until the end of the test; answers its address for MQTT. */
export async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `mqtt://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

/** Commits the readings with these numbers. */
export function appendLevels(outbox: Outbox, from: number, to: number): void {
  for (let number = from; number <= to; number++) outbox.appendReading(level(number));
  outbox.flush();
}
