import { WINDOW_MAX } from "@jumpa-madu/contracts/ack";
import { NOTICE_TEXT_LENGTH_MAX, NOTICES_MAX, type Notice } from "@jumpa-madu/contracts/notice";
import { STATUS_BYTES_MAX, Status } from "@jumpa-madu/contracts/status";
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

  test("tells the version in force beside the one that was refused, and what is wrong with the devices", async () => {
    const notices: Notice[] = [{ device: "scale-1", code: "silent", text: "nothing comes" }];
    const { broker, uplink } = await node({ notices: () => notices });
    await until(() => broker.statuses.length > 0, "status");
    expect(broker.statuses[0]).toMatchObject({ config_version: 0, config_wanted_version: 0, notices });
    await broker.publish("config", JSON.stringify({ version: 6, ports: "none" }), true);
    await until(() => broker.statuses.at(-1)?.config_wanted_version === 6, "refused version");
    expect(broker.statuses.at(-1)).toMatchObject({ config_version: 0, config_fault: expect.any(String) });
    await uplink.stop();
    expect(broker.statuses.at(-1)).not.toHaveProperty("notices");
  });

  test("tells soon that something is wrong with a device, once as long as that is so, and that it is over", async () => {
    let notices: Notice[] = [];
    const { broker } = await node({ notices: () => notices });
    await until(() => broker.statuses.length > 0, "status");
    notices = [{ device: "scale-1", code: "bad_checksum", text: "1 of 40 frames are damaged" }];
    await until(() => broker.statuses.at(-1)?.notices !== undefined, "notice");
    const told = broker.statuses.length;
    notices = [{ device: "scale-1", code: "bad_checksum", text: "2 of 40 frames are damaged" }];
    notices.push({ device: "scale-2", code: "silent", text: "nothing comes" });
    await until(() => broker.statuses.length > told, "second notice");
    expect(broker.statuses.slice(told)).toMatchObject([{ notices }]);
    notices = [];
    await until(() => broker.statuses.at(-1)?.notices === undefined, "no notice");
    expect(broker.statuses).toHaveLength(told + 2);
  });

  test("carries as many notices as a status has room for, the first ones", async () => {
    const long = (device: string): Notice => ({
      device: device.padEnd(255, "x"),
      code: "silent",
      text: "\u20ac".repeat(NOTICE_TEXT_LENGTH_MAX),
    });
    const notices = Array.from({ length: NOTICES_MAX + 4 }, (_, index) => long(`port-${index}-`));
    const { broker } = await node({ notices: () => notices });
    await until(() => broker.statuses.length > 0, "status");
    const [status] = broker.statuses;
    if (!checkerOf(Status).fits(status)) throw new Error(JSON.stringify(status));
    const bytes = Buffer.byteLength(JSON.stringify(status));
    expect(bytes).toBeLessThanOrEqual(STATUS_BYTES_MAX);
    expect(bytes).toBeGreaterThan(STATUS_BYTES_MAX - 1_500);
    const told = status.notices ?? [];
    expect(told).toEqual(notices.slice(0, told.length));
    const short = notices.map((notice) => ({ ...notice, text: "x" }));
    const other = await node({ notices: () => short });
    await until(() => other.broker.statuses.length > 0, "status");
    expect(other.broker.statuses[0]?.notices).toEqual(short.slice(0, NOTICES_MAX));
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
