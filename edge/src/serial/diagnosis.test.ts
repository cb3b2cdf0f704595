import { describe, expect, it } from "vitest";
import { a02yyuw } from "../protocols/a02yyuw.ts";
import { decoderOf } from "../protocols/decoder.ts";
import { mtSics } from "../protocols/mt-sics.ts";
import type { DeviceProtocol } from "../protocols/protocol.ts";
import { stGs } from "../protocols/st-gs.ts";
import { toledo8217 } from "../protocols/toledo-8217.ts";
import { type Diagnosis, diagnosisOf, JUDGE_EVERY_MS, SAMPLE_BYTES_MAX } from "./diagnosis.ts";
import { parityOf } from "./parity.ts";

const PATH = "/dev/ttyUSB0";
const SENSOR = Buffer.from("ff07a1a7", "hex");

/** A diagnosis that hears `bytes` over and over for as long as it takes to judge. */
function judged(protocol: DeviceProtocol, ...rounds: (string | Uint8Array)[]): Diagnosis {
  const diagnosis = diagnosisOf(PATH, protocol, protocol.line);
  hear(diagnosis, protocol, rounds);
  return diagnosis;
}

function hear(diagnosis: Diagnosis, protocol: DeviceProtocol, rounds: (string | Uint8Array)[]): void {
  const decoder = decoderOf(protocol, "mid_stream");
  diagnosis.look(0);
  for (let round = 0; round < 20; round += 1) {
    for (const one of rounds) {
      const chunk = Buffer.from(one as string, "latin1");
      diagnosis.hear(chunk, decoder.push(chunk));
    }
  }
  diagnosis.look(JUDGE_EVERY_MS);
}

describe("the diagnosis of a device", () => {
  it("finds nothing wrong with good frames, nor with a single bad one among them", () => {
    expect(judged(stGs, "ST,GS,+1.000kg\r\n", "US,GS,+1.005kg\r\n").trouble).toBeNull();
    const once = judged(stGs, "ST,GS,+1.000kg\r\n");
    hear(once, stGs, [
      "ST,GS,+1.000kg\r\nST,GS,+1.000kg\r\nST,GS,+1.000kg\r\nST,GS,+1.000kg\r\nST,#S,+1kg\r\n",
    ]);
    expect(once.trouble).toBeNull();
  });

  it("names the protocol that is spoken when another one is configured", () => {
    const { trouble } = judged(a02yyuw, "S S     100.00 g\r\n", "S D      99.98 g\r\n");
    expect(trouble).toMatchObject({
      code: "wrong_protocol",
      text: expect.stringMatching(/ protocol of this port to mt-sics/),
    });
    expect(judged(stGs, SENSOR).trouble?.code).toBe("wrong_protocol");
  });

  it("takes bytes that no protocol explains for another baud, and says which settings are in force", () => {
    const noise = Uint8Array.from({ length: 40 }, (_, index) => (index * 89 + 7) & 0xff);
    expect(judged(stGs, noise).trouble).toMatchObject({
      code: "wrong_line",
      text: expect.stringMatching(/unreadable at 9600 baud, 8 data bits, parity none.*doctor/),
    });
  });

  it("sees the parity bit that a device of seven bits sends", () => {
    const even = Buffer.from("ST,GS,+1.000kg\r\n").map((byte) => {
      const ones = byte.toString(2).replaceAll("0", "").length;
      return ones % 2 === 0 ? byte : byte | 0x80;
    });
    expect(parityOf(even)).toBe("even");
    expect(judged(stGs, even).trouble?.text).toMatch(/set data_bits to 7 and parity to even/);
  });

  it("hears two devices of different protocols on one line", () => {
    const { trouble } = judged(stGs, "ST,GS,+1.000kg\r\n", SENSOR, SENSOR, SENSOR, "\r\n");
    expect(trouble).toMatchObject({
      code: "two_devices",
      text: expect.stringMatching(/give each a port of its own/),
    });
  });

  it("hears two scales of one protocol by settled weights that take turns", () => {
    expect(judged(stGs, "ST,GS,+1.000kg\r\n", "ST,GS,+7.350kg\r\n").trouble?.code).toBe("two_devices");
    expect(judged(stGs, "US,GS,+1.000kg\r\n", "US,GS,+7.350kg\r\n").trouble).toBeNull();
  });

  it("does not take one scale that flickers between two divisions for two scales", () => {
    expect(judged(stGs, "ST,GS,+1.000kg\r\n", "ST,GS,+1.005kg\r\n").trouble).toBeNull();
    expect(judged(stGs, "ST,GS,+60.00kg\r\n", "ST,GS,+60.20kg\r\n").trouble).toBeNull();
  });

  it("tells damaged frames of the right protocol from another protocol", () => {
    const { trouble } = judged(
      a02yyuw,
      SENSOR,
      Buffer.from("ff07a1a8", "hex"),
      SENSOR,
      Buffer.from("ff17a1a7", "hex"),
    );
    expect(trouble).toMatchObject({ code: "bad_checksum", text: expect.stringMatching(/check plug, cable/) });
  });

  it("finds nothing wrong with a scale that only says that its load moves, or is too heavy", () => {
    expect(judged(toledo8217, "\x02?A\r", "\x02?A\r").trouble).toBeNull();
    expect(judged(stGs, "OL,GS,+999999kg\r\n").trouble).toBeNull();
  });

  it("names pounds, which are converted", () => {
    expect(judged(stGs, "ST,GS,+1.000lb\r\n").trouble?.code).toBe("pounds");
  });

  it("names a unit that it does not know", () => {
    expect(judged(stGs, "ST,GS,+1.000vi\r\n").trouble).toMatchObject({
      code: "unknown_unit",
      text: expect.stringContaining('"vi"'),
    });
  });

  it("tells silence of a device that speaks from silence of one that is asked", () => {
    const speaking = diagnosisOf(PATH, stGs, stGs.line);
    speaking.closed("silent");
    expect(speaking.trouble).toMatchObject({
      code: "silent",
      text: expect.stringMatching(/send continuously/),
    });
    const asked = diagnosisOf(PATH, mtSics, mtSics.line);
    asked.closed("silent");
    expect(asked.trouble).toMatchObject({ code: "silent", text: expect.stringMatching(/does not answer/) });
    hear(asked, mtSics, ["S S     100.00 g\r\n"]);
    expect(asked.trouble).toBeNull();
  });

  it.each([toledo8217, mtSics])(
    "hears its own question come back, and says that no device answers: $key",
    (protocol) => {
      const question = protocol.commands.read ?? "";
      const diagnosis = diagnosisOf(PATH, protocol, protocol.line);
      const decoder = decoderOf(protocol, "mid_stream");
      diagnosis.look(0);
      for (const chunk of Array.from({ length: 15 }, () => Buffer.from(question, "latin1"))) {
        diagnosis.hear(chunk, decoder.push(chunk));
      }
      diagnosis.look(JUDGE_EVERY_MS);
      expect(diagnosis.trouble).toMatchObject({
        code: "silent",
        text: expect.stringMatching(/the question itself.*TX and RX are joined/),
      });
      hear(diagnosis, protocol, [protocol === mtSics ? "S S     100.00 g\r\n" : "\x02001.00\r"]);
      expect(diagnosis.trouble).toBeNull();
    },
  );

  it("tells of two devices whose bytes mix, as a possible cause, where no sum tells them from noise", () => {
    const { trouble } = judged(stGs, "ST,GS,+1.000kg\r\n", "STST,G,GSS,+7.,+1.350000kgkg\r\n\r\n");
    expect(trouble).toMatchObject({
      code: "bad_checksum",
      text: expect.stringMatching(/frames are damaged.*two devices talk on this line/),
    });
  });

  it("is over as soon as what was missing speaks", () => {
    const diagnosis = diagnosisOf(PATH, stGs, stGs.line);
    diagnosis.openFailed({ code: "port_missing", text: "not there" });
    const decoder = decoderOf(stGs, "at_frame");
    const chunk = Buffer.from("ST,GS,+1kg\r\n");
    diagnosis.hear(chunk, decoder.push(chunk));
    expect(diagnosis.trouble).toBeNull();
  });

  it("keeps no more of the bytes than it needs", () => {
    const diagnosis = diagnosisOf(PATH, a02yyuw, a02yyuw.line);
    diagnosis.look(0);
    const flood = Buffer.from("ST,GS,+1.000kg\r\n".repeat(1_000));
    expect(flood.length).toBeGreaterThan(4 * SAMPLE_BYTES_MAX);
    diagnosis.hear(flood, []);
    diagnosis.hear(Buffer.from("\r\nS S     100.00 g\r\n".repeat(60)), []);
    diagnosis.look(JUDGE_EVERY_MS);
    // Had the first bytes been kept as well, they would outweigh the last.
    expect(diagnosis.trouble?.text).toMatch(/ to mt-sics/);
  });
});
