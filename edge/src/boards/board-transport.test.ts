import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { boardLibrary } from "./board-library.ts";
import { BOARD_MESSAGE_BYTES_MAX, BOARD_WRITE_BYTES_MAX, BoardTransport } from "./board-transport.ts";

/** A line that nobody reads: what is written waits. */
class StuckLine extends PassThrough {
  override _write(): void {}
}

function connect(line: PassThrough = new PassThrough()) {
  const transport = new BoardTransport(line);
  const { Firmata } = boardLibrary();
  const io = new Firmata(transport, { reportVersionTimeout: 60_000, samplingInterval: 100 });
  clearTimeout(io.reportVersionTimeoutId);
  const hear = (hex: string) => transport.hear(Uint8Array.fromHex(hex), io);
  return { transport, io, hear, line };
}

test("hands on what the board sends, and what is written to it", async () => {
  const { io, hear, line } = connect();
  expect(hear("f90205")).toEqual({ ok: true });
  expect(hear("f0790205500000f7")).toEqual({ ok: true });
  expect(io.firmware.name).toBe("P");
  line.end();
  const written = await line.toArray();
  expect(Buffer.concat(written).toString("hex")).toBe("f07a6400f7f06bf7");
});

test.for([
  { name: "an echo of the host's own question", hex: "f079f7" },
  { name: "the state of a pin that is not known", hex: "f06e050000f7" },
  { name: "channels of pins that are not known", hex: "f06a0001f7" },
  { name: "a message inside itself", hex: "f07373f7" },
])("$name, at which firmata-io throws, is answered with its error, and what follows is heard", ({ hex }) => {
  const { io, hear } = connect();
  hear("f90205");
  expect(hear(hex)).toMatchObject({ ok: false, error: expect.any(Error) });
  expect(hear("f0790205500000f7")).toEqual({ ok: true });
  expect(io.firmware.name).toBe("P");
});

test("a message that does not end is given up, and the next is heard", () => {
  const { io, hear } = connect();
  hear("f90205f0");
  const endless = "01".repeat(BOARD_MESSAGE_BYTES_MAX - 1);
  expect(hear(endless)).toEqual({ ok: true });
  expect(hear("01")).toMatchObject({ ok: false });
  expect(io.buffer).toEqual([]);
  expect(hear("f0790205500000f7")).toEqual({ ok: true });
  expect(io.firmware.name).toBe("P");
});

test("what a board does not take is left out beyond a limit, and counts as done", () => {
  const line = new StuckLine();
  const { transport } = connect(line);
  let done = 0;
  for (let bytes = 0; bytes <= BOARD_WRITE_BYTES_MAX; bytes += 1)
    transport.write(Uint8Array.of(1), () => (done += 1));
  expect(line.writableLength).toBe(BOARD_WRITE_BYTES_MAX);
  expect(done).toBe(1);
});

test("after its end it neither hears nor writes", () => {
  const written: unknown[] = [];
  const line = Object.assign(new PassThrough(), { write: (bytes: unknown) => written.push(bytes) > 0 });
  const { transport, io, hear } = connect(line);
  transport.end();
  hear("f90205");
  expect(io.buffer).toEqual([]);
  let isDone = false;
  transport.write(Uint8Array.of(1), () => {
    isDone = true;
  });
  expect(isDone).toBe(true);
  expect(written).toEqual([]);
});
