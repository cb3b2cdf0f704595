/** The doctor before every device that can be simulated, at the right baud and at others, and before noise. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { Random } from "@jumpa-madu/contracts/random";
import { examinePort } from "@jumpa-madu/edge/examination";
import type { Finding } from "@jumpa-madu/edge/finding";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import {
  createDevice,
  DEVICE_CATALOGUE,
  DEVICE_KEYS,
  type DeviceKey,
} from "@jumpa-madu/firmware-sim/device-catalogue";
import { FirmataBoard } from "@jumpa-madu/firmware-sim/firmata-board";
import { type SimulatedDevice, startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { makeTempDir } from "../servers/temp-dir.ts";

/** Time within which the doctor must have an answer. */
const ANSWER_MS_MAX = 5_000;

/** From here on the doctor says that it is sure. */
const SURE = 0.8;

/** Protocols that share a frame byte for byte: which sensor it is only its sticker tells. */
const SAME_FRAME: Partial<Record<DeviceKey, readonly string[]>> = {
  me007ys: ["a02yyuw"],
  a01nyub: ["a02yyuw"],
  "jsn-sr04t": ["a02yyuw"],
};

/** The weakest grammars: a number on a line is not proof enough of anything. */
const NEVER_SURE: readonly DeviceKey[] = ["plain", "tfmini-pix"];

const folder = makeTempDir("doctor");
const running: SimulatedDevice<never>[] = [];
let count = 0;

type Model = Parameters<typeof startDevice>[0]["model"];

function plugIn(model: Model, showsParityBit = false): string {
  count += 1;
  const link = join(folder.path, `port-${count}`);
  running.push(startDevice({ model, link, seed: count, showsParityBit }) as SimulatedDevice<never>);
  return link;
}

async function examine(path: string): Promise<{ finding: Finding; ms: number }> {
  const fromMs = performance.now();
  const finding = await examinePort(path, new AbortController().signal);
  return { finding, ms: performance.now() - fromMs };
}

function isSureOf({ candidates }: Finding): boolean {
  return (candidates[0]?.confidence ?? 0) >= SURE;
}

/** The model, but at another baud than its maker's. */
function atBaud(model: Model, baud: number): Model {
  return Object.defineProperty(model, "baud", { value: baud });
}

afterEach(() => {
  for (const device of running.splice(0)) device.stop();
});
afterAll(() => folder.remove());

describe("the doctor", () => {
  it.each(DEVICE_KEYS)("recognises %s within five seconds", async (key) => {
    const { finding, ms } = await examine(plugIn(createDevice(key, { seed: 7 })));
    const best = finding.candidates[0];
    expect([key, ...(SAME_FRAME[key] ?? [])]).toContain(best?.protocol.key);
    expect(finding.candidates.map(({ protocol }) => protocol.key)).toContain(key);
    expect(best?.example).not.toBeNull();
    if (!NEVER_SURE.includes(key)) expect(best?.confidence).toBeGreaterThanOrEqual(SURE);
    expect(finding.trouble).toBeNull();
    expect(ms).toBeLessThan(ANSWER_MS_MAX);
  });

  it.each([true, false])(
    "recognises a board that speaks Firmata, whether it has just been reset or not: %s",
    async (hasBootMessage) => {
      const { finding, ms } = await examine(plugIn(new FirmataBoard({ seed: 7, hasBootMessage })));
      expect(finding.board).toMatchObject({ name: expect.stringMatching(/Firmata/) });
      expect(ms).toBeLessThan(ANSWER_MS_MAX);
    },
  );

  it.each([
    ["st-gs", 2400],
    ["st-gs", 19_200],
    ["xk3190-a9", 1200],
    ["xk3190-a12-w", 4800],
    ["tfmini", 57_600],
    ["a02yyuw", 115_200],
  ] as const)("finds %s at %i baud", async (key, baud) => {
    const { finding } = await examine(plugIn(atBaud(createDevice(key, { seed: 7 }), baud)));
    expect([finding.candidates[0]?.protocol.key, finding.line.baud]).toEqual([key, baud]);
  });

  it("sees by its parity bit that a scale sends seven bits", async () => {
    const model = Object.defineProperties(createDevice("and-standard", { seed: 7 }), {
      dataBits: { value: 7 },
      parity: { value: "even" },
    });
    const { finding } = await examine(plugIn(model, true));
    expect(finding).toMatchObject({ line: { dataBits: 7, parity: "even" } });
    expect(finding.candidates[0]?.protocol.key).toBe("and-standard");
  });

  it.each([
    ["and-standard", 9600, {}],
    ["and-standard", 2400, {}],
    ["ohaus", 2400, { dataBits: 7, stopBits: 2 }],
    ["sartorius-sbi", 1200, { dataBits: 7, parity: "odd" }],
    ["nci", 9600, { dataBits: 7, parity: "even" }],
  ] as const)("finds %s that must be asked at %i baud %j", async (key, baud, settings) => {
    const model = atBaud(DEVICE_CATALOGUE[key].create({ seed: 7, isContinuous: false }), baud);
    for (const [name, value] of Object.entries(settings)) Object.defineProperty(model, name, { value });
    const { finding, ms } = await examine(plugIn(model));
    expect([finding.candidates[0]?.protocol.key, finding.line.baud]).toEqual([key, baud]);
    expect(isSureOf(finding)).toBe(true);
    expect(ms).toBeLessThan(2 * ANSWER_MS_MAX);
  });

  it.each([600, 300])("finds a scale at %i baud", async (baud) => {
    const { finding } = await examine(plugIn(atBaud(createDevice("xk3190-a9", { seed: 7 }), baud)));
    expect([finding.candidates[0]?.protocol.key, finding.line.baud]).toEqual(["xk3190-a9", baud]);
  });

  it("names the inverted level of a sensor, and what to do", async () => {
    const { finding, ms } = await examine(
      plugIn(
        DEVICE_CATALOGUE["maxbotix-mm"].create({ seed: 7, bin: new Bin({ seed: 7 }), polarity: "inverted" }),
      ),
    );
    expect(finding.ailment).toMatchObject({
      code: "polarity_inverted",
      text: expect.stringMatching(/maxbotix-mm whose level is inverted; use its TTL output/),
    });
    expect(ms).toBeLessThan(ANSWER_MS_MAX);
  });

  /** A model that says these lines one after the other. */
  const saying = (...lines: string[]): Model => {
    let said = 0;
    return {
      baud: 9600,
      endlessByte: 0,
      tick: () => {
        said += 1;
        return said % 5 === 0 ? [Buffer.from(lines[(said / 5) % lines.length] ?? "", "latin1")] : [];
      },
      receive: () => [],
      spoil: (frame) => frame,
    };
  };

  it("says that two devices talk on one line", async () => {
    const { finding } = await examine(
      plugIn(saying("ST,GS,+  12.34kg\r\n", "ST,GS,+  12.34kg\r\n", "ww000.500kg\r\n")),
    );
    expect(finding.ailment).toMatchObject({
      code: "two_devices",
      text: expect.stringMatching(/two devices talk on this line, st-gs and xk3190-a12-w/),
    });
  });

  it("says that a scale weighs in a unit that is none of ours", async () => {
    const { finding } = await examine(plugIn(saying("ST,GS,+  12.34 st\r\n")));
    expect(finding.ailment).toMatchObject({
      code: "unknown_unit",
      text: expect.stringMatching(/speaks st-gs weighs in "st".*set it to kilograms/),
    });
  });

  it("takes bare numbers at 9600 baud for those of a scale, and never for sure", async () => {
    const { finding } = await examine(plugIn(saying("5.39\r\n")));
    expect([finding.candidates[0]?.protocol.key, finding.line.baud]).toEqual(["plain", 9600]);
    expect(isSureOf(finding)).toBe(false);
  });

  it("is never sure of any device at a baud that it does not know", { timeout: 60_000 }, async () => {
    const examined = DEVICE_KEYS.map(async (key) => {
      const { finding } = await examine(plugIn(atBaud(createDevice(key, { seed: 7 }), 14_400)));
      return [key, finding.candidates[0]?.protocol.key, finding.candidates[0]?.confidence ?? 0] as const;
    });
    expect((await Promise.all(examined)).filter(([, , confidence]) => confidence >= SURE)).toEqual([]);
  });

  it.each([
    ["bytes of any kind", () => 0, 256],
    ["printable characters", () => 0x20, 0x5f],
    ["digits, points and line ends", () => 0x2a, 0x11],
    ["bytes that begin like sensor frames", () => 0xf8, 8],
  ])("is never sure of noise: %s", async (_name, from, span) => {
    const random = new Random(11);
    const noise: Model = {
      baud: 9600,
      endlessByte: 0,
      tick: () => [random.bytes(9).map((byte) => from() + (byte % span))],
      receive: () => [],
      spoil: (frame) => frame,
    };
    const { finding } = await examine(plugIn(noise));
    expect(finding.bytes.length).toBeGreaterThan(0);
    expect(finding.candidates[0]?.confidence ?? 0).toBeLessThan(SURE);
  });

  it("recognises a scale behind a serial server", async () => {
    const scale = createDevice("st-gs", { seed: 7 });
    const fromMs = performance.now();
    const server = createServer((socket) => {
      const sending = setInterval(() => {
        for (const frame of scale.tick(performance.now() - fromMs)) socket.write(frame);
      }, 20);
      socket.on("close", () => clearInterval(sending));
      socket.on("error", () => {});
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { finding } = await examine(`tcp://127.0.0.1:${port}`);
    expect(finding.candidates[0]?.protocol.key).toBe("st-gs");
    expect(isSureOf(finding)).toBe(true);
    server.close();
    await once(server, "close");
    const gone = await examine(`tcp://127.0.0.1:${port}`);
    expect(gone.finding.trouble?.text).toMatch(/serial server does not answer/);
  });

  it("says that a port is not there, and that another program holds it", async () => {
    const missing = await examine(join(folder.path, "none"));
    expect(missing.finding.trouble?.code).toBe("port_missing");
    const path = plugIn(createDevice("st-gs", { seed: 7 }));
    const [one, other] = await Promise.all([examine(path), examine(path)]);
    const troubles = [one.finding.trouble, other.finding.trouble].filter((trouble) => trouble !== null);
    expect(troubles).toMatchObject([
      { code: "port_busy", text: expect.stringMatching(/close the other program/) },
    ]);
  });

  it("says that a port is silent when nothing comes and nobody answers", async () => {
    const silent: Model = {
      baud: 9600,
      endlessByte: 0,
      tick: () => [],
      receive: () => [],
      spoil: (frame) => frame,
    };
    const { finding, ms } = await examine(plugIn(silent));
    expect([finding.bytes.length, finding.candidates, finding.board]).toEqual([0, [], null]);
    expect(ms).toBeLessThan(2 * ANSWER_MS_MAX);
  });
});
