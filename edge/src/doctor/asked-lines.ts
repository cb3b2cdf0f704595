/**
 * Asked lines: at which line settings each polled protocol is asked.
 *
 * A device that says nothing by itself does not show at which baud it listens. Each is asked at the settings of its protocol first, then
 * at 9600 8N1, to which most are set, and at what its maker used to deliver.
 */
import type { DeviceProtocol, SerialLine } from "../protocols/protocol.ts";

const USUAL: SerialLine = { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 };

/** What makers deliver besides, by the key of the protocol. */
const ALSO: Readonly<Record<string, readonly SerialLine[]>> = {
  "and-standard": [{ ...USUAL, baud: 2400 }],
  "adam-cpw": [{ ...USUAL, baud: 4800 }],
  nci: [{ ...USUAL, dataBits: 7, parity: "even" }],
  ohaus: [{ baud: 2400, dataBits: 7, parity: "none", stopBits: 2 }],
  "sartorius-sbi": [{ baud: 1200, dataBits: 7, parity: "odd", stopBits: 1 }],
};

/** A line and the protocols that are asked on it: first those whose question is a line, which what is asked before would spoil. */
export interface AskedLine {
  readonly line: SerialLine;
  readonly protocols: readonly DeviceProtocol[];
}

/** Lines on which polled protocols are asked: the settings of their own, and the others. */
export function askedLines(protocols: readonly DeviceProtocol[]): { own: AskedLine[]; others: AskedLine[] } {
  const polled = protocols.filter(({ isPolled }) => isPolled);
  const own = polled.map((protocol) => ({ protocol, line: protocol.line }));
  const others = polled.flatMap((protocol) =>
    [USUAL, ...(ALSO[protocol.key] ?? [])]
      .filter((line) => nameOf(line) !== nameOf(protocol.line))
      .map((line) => ({ protocol, line })),
  );
  return { own: linesOf(own), others: linesOf(others) };
}

function linesOf(asked: readonly { protocol: DeviceProtocol; line: SerialLine }[]): AskedLine[] {
  return [...Map.groupBy(asked, ({ line }) => nameOf(line)).values()].flatMap((same) => {
    const [first] = same;
    const protocols = same
      .map(({ protocol }) => protocol)
      .toSorted((one, other) => +isLine(other) - +isLine(one));
    return first === undefined ? [] : [{ line: first.line, protocols }];
  });
}

function isLine({ commands }: DeviceProtocol): boolean {
  return commands.read?.endsWith("\n") === true;
}

function nameOf({ baud, dataBits, parity, stopBits }: SerialLine): string {
  return [baud, dataBits, parity, stopBits].join(" ");
}
