import { WINDOW_MAX } from "@jumpa-madu/contracts/ack";
import { Status } from "@jumpa-madu/contracts/status";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { describe, expect, test } from "vitest";
import { until } from "./broker-fixture.ts";
import { appendLevels, node } from "./uplink-fixture.ts";
import { ACK_BYTES_MAX } from "./uplink-limits.ts";

describe("acknowledgements that are not ours", () => {
  test("another epoch, numbers never sent, another shape and other bytes change nothing and crash nothing", async () => {
    const { broker, outbox, uplink } = await node({
      prepare: (box, at) => {
        at.script = () => undefined;
        appendLevels(box, 1, 3);
      },
    });
    await until(() => broker.arrived.length > 0, "sent");
    const { epoch } = outbox;
    const bad = [
      JSON.stringify({ stream: "readings", epoch: "f".repeat(32), upto: 3 }),
      JSON.stringify({ stream: "readings", epoch, upto: 4 }),
      JSON.stringify({ stream: "records", epoch, upto: 1 }),
      JSON.stringify({ stream: "readings", epoch, upto: 3, window: 0 }),
      JSON.stringify({ stream: "readings", epoch, upto: 3, window: WINDOW_MAX + 1 }),
      JSON.stringify({ stream: "payouts", epoch, upto: 3 }),
      `${JSON.stringify({ stream: "readings", epoch, upto: 3 })}${" ".repeat(ACK_BYTES_MAX)}`,
      "{",
      "null",
      Buffer.from([0xff, 0x00, 0xfe]),
    ];
    for (const payload of bad) await broker.publish("ack", payload);
    // A good one that forgets nothing shows that the bad ones have all been looked at.
    await broker.publish("ack", JSON.stringify({ stream: "readings", epoch, upto: 1 }));
    await until(() => outbox.floor("readings") === 2, "good acknowledgement");
    expect(outbox.backlog().readings).toBe(2);
    expect(uplink.isConnected()).toBe(true);
  });
});

describe("status", () => {
  test("is said on connecting and after a configuration, and the farewell says offline", async () => {
    const { broker, uplink } = await node();
    await until(() => broker.statuses.length > 0, "status");
    expect(broker.statuses[0]).toMatchObject({ online: true, version: "1.2.3", config_version: 0 });
    expect(checkerOf(Status).check(broker.statuses[0])).toMatchObject({ ok: true });
    await broker.publish("config", JSON.stringify({ version: 4, ports: [] }), true);
    await until(() => broker.statuses.at(-1)?.config_version === 4, "configuration reported");
    await broker.publish("config", '{"version":5}', true);
    await until(() => broker.statuses.at(-1)?.config_fault !== undefined, "refusal reported");
    expect(checkerOf(Status).check(broker.statuses.at(-1))).toMatchObject({ ok: true });
    expect(broker.statuses.at(-1)?.config_version).toBe(4);
    await uplink.stop();
    expect(broker.statuses.at(-1)).toMatchObject({ online: false });
  });

  test("the will says offline when the node is lost without a word", async () => {
    const { broker } = await node();
    await until(() => broker.statuses.length > 0, "status");
    broker.cut();
    await until(() => broker.statuses.some(({ online }) => !online), "will");
  });

  test("is repeated every statusEveryMs", async () => {
    const { broker } = await node({ limits: { statusEveryMs: 30 } });
    await until(() => broker.statuses.length >= 4, "four statuses");
  });
});
