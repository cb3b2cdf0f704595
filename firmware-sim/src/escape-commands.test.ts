import { expect, test } from "vitest";
import { latin1 } from "./device-model.ts";
import { ESCAPE_COMMAND_BYTES_MAX, EscapeCommands } from "./escape-commands.ts";

const push = (text: string) => new EscapeCommands().push(latin1(text));
const command = (text: string) => ({ ok: true, text });

test("commands are found with and without line ends, in any pieces", () => {
  const bytes = latin1("\u001bP\u001bx1_\r\n\u001bT\r\n");
  const commands = new EscapeCommands();
  expect([...bytes].flatMap((byte) => commands.push(Uint8Array.of(byte)))).toEqual(
    ["P", "x1_", "T"].map(command),
  );
});

test("what stands outside a command is passed over", () => {
  expect(push("P x1_ \u001bP1_\r\n\u001bU")).toEqual(["P", "U"].map(command));
});

test("an ESC within a command begins another", () => {
  expect(push("\u001bx\u001bV")).toEqual([command("V")]);
});

test("a command above the limit is reported once, up to the next ESC", () => {
  const longest = `${"x".repeat(ESCAPE_COMMAND_BYTES_MAX - 1)}_`;
  expect(push(`\u001b${longest}`)).toEqual([command(longest)]);
  expect(push(`\u001bx${longest}xxx_\u001bP`)).toEqual([{ ok: false }, command("P")]);
});
