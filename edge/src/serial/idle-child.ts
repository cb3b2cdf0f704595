/** Waits for a byte with an event loop that has nothing else to do; for tests. Ends with code 0 at the byte, 1 when it comes late. */
import { openLine } from "./line.ts";

const LINE = { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 } as const;
const LATE_MS = 8_000;

const [path = ""] = process.argv.slice(2);
const signal = new AbortController().signal;
const line = await openLine({ path, line: LINE, openMsMax: LATE_MS, signal });
if (line instanceof Error) throw line;
let count = 0;
line.on("data", () => {
  count += 1;
  // The first may have been there when the port was opened; what comes later needs the loop to be woken.
  if (count === 3) process.exit(0);
});
setTimeout(() => process.exit(1), LATE_MS);
process.stdout.write("open\n");
