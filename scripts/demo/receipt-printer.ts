/** A receipt printer on TCP: each receipt that it takes becomes a text file. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";

/** Most bytes of a receipt; who sends more is no terminal, and is cut off. */
const RECEIPT_BYTES_MAX = 64 * 1024;

/** Answer to a question for the state of the paper: there is some. */
const PAPER_PRESENT = Uint8Array.of(0x12);

/** The question: ESC/POS `DLE EOT 4`. */
const ASK_PAPER = "\x10\x04\x04";

/** Commands of ESC/POS on a receipt, and the bytes that follow each one's name. */
const COMMANDS = [
  ["\x1b@", 0],
  ["\x1b2", 0],
  ["\x1c.", 0],
  ["\x10\x04", 1],
  ["\x1d(k", 2],
  ["\x1d", 2],
  ["\x1b", 2],
] as const;

/** Starts the printer and answers its path for a node's profile. `firstPrinted` is told the file of the first receipt. */
export async function startReceiptPrinter(
  folder: string,
  firstPrinted: (file: string) => void,
): Promise<string> {
  mkdirSync(folder);
  let count = 0;
  const server = createServer((socket) => {
    takeReceipt(socket, (text) => {
      count += 1;
      const file = join(folder, `${String(count).padStart(4, "0")}.txt`);
      writeFileSync(file, text);
      if (count === 1) firstPrinted(file);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the receipt printer has no port");
  return `tcp://127.0.0.1:${address.port}`;
}

function takeReceipt(socket: Socket, print: (text: string) => void): void {
  let bytes = Buffer.alloc(0);
  // A terminal that is stopped in the middle leaves half a receipt, which nobody keeps.
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length > RECEIPT_BYTES_MAX) socket.destroy();
    else if (chunk.includes(ASK_PAPER)) socket.write(PAPER_PRESENT);
  });
  socket.on("end", () => {
    const text = textOf(bytes.toString("latin1"));
    if (text.trim() !== "") print(text);
  });
}

/** Lines of code page 437, which the receipts draw with. */
const RULES: Record<string, string> = { "\xc4": "─", "\xcd": "═", "\r": "" };

/** What stands on the paper, without QR code and bold type. */
function textOf(printed: string): string {
  let text = "";
  for (let at = 0; at < printed.length; ) {
    const [name = "", parameters = 0] = COMMANDS.find(([command]) => printed.startsWith(command, at)) ?? [];
    const character = printed[at] ?? "";
    if (name === "") text += RULES[character] ?? character;
    // A name that is one character long has the letter of its command among what follows.
    at += Math.max(1, name.length + parameters);
    if (name === "\x1d(k") at += printed.charCodeAt(at - 2) + 256 * printed.charCodeAt(at - 1);
  }
  return `${text.trimEnd()}\n`;
}
