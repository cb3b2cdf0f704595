/** Reads ESC/POS back as a printer would: the text of each line, QR codes, cuts, and characters of double size. For tests. */

/** What came out of the printer. */
export interface Paper {
  /** Lines of text, with the blanks that align them. */
  readonly lines: string[];
  readonly qrCodes: string[];
  readonly cuts: number;
  /** Text in double size. */
  readonly large: string[];
}

/** Bytes after each command's name; a command that is not here is no ESC/POS of ours, and reading it fails. */
const PARAMETERS: Record<string, number> = {
  "\x1b@": 0,
  "\x1bM": 1,
  "\x1bE": 1,
  "\x1bt": 1,
  "\x1ba": 1,
  "\x1b2": 0,
  "\x1b3": 1,
  "\x1dV": 1,
  "\x1d!": 1,
  "\x1d(k": 2,
  "\x10\x04": 1,
};

const FS_CANCEL_CHINESE = "\x1c.";

/** Reads what was printed. Throws on a command that is not known or cut off. */
export function readPaper(bytes: Uint8Array): Paper {
  const text = Buffer.from(bytes).toString("latin1");
  const paper = { lines: [] as string[], qrCodes: [] as string[], cuts: 0, large: [] as string[] };
  let line = "";
  let qrData = "";
  let isLarge = false;
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? "";
    if (character === "\n") {
      paper.lines.push(line.trimEnd());
      if (isLarge && line.trim() !== "") paper.large.push(line.trim());
      line = "";
    }
    if (text.startsWith(FS_CANCEL_CHINESE, at)) {
      at += FS_CANCEL_CHINESE.length;
      continue;
    }
    const command = Object.keys(PARAMETERS).find((name) => text.startsWith(name, at));
    if (command === undefined) {
      if (character < " " && character !== "\n" && character !== "\r") {
        throw new Error(`unknown command 0x${character.charCodeAt(0).toString(16)} at byte ${at}`);
      }
      if (character >= " ") line += character;
      at += 1;
      continue;
    }
    at += command.length;
    const parameter = text.charCodeAt(at);
    if (command === "\x1dV") paper.cuts += 1;
    if (command === "\x1d!") {
      if (parameter === 0 && isLarge && line.trim() !== "") paper.large.push(line.trim());
      isLarge = parameter !== 0;
    }
    if (command === "\x1d(k") {
      const length = parameter + 256 * text.charCodeAt(at + 1);
      const body = text.slice(at + 2, at + 2 + length);
      if (body.length < length) throw new Error("QR command is cut off");
      if (body.startsWith("1P0")) qrData = body.slice(3);
      if (body.startsWith("1Q0")) paper.qrCodes.push(qrData);
      at += length;
    }
    at += PARAMETERS[command] ?? 0;
  }
  if (line !== "") paper.lines.push(line.trimEnd());
  return paper;
}
