/**
 * Hash of a supervisor's PIN: made by the cloud, carried in the catalogue, compared by a terminal without a network.
 *
 * scrypt (RFC 7914) by the parameters that OWASP's Password Storage Cheat Sheet gives for 16 MiB, which a Raspberry Pi can
 * spare. Six digits are only a million, so who has stolen a hash finds its PIN in days at the most: the hash keeps a PIN from
 * being read, and the terminal's waits keep it from being guessed.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const LOG_2_COST = 14;
const BLOCK_SIZE = 8;
const LANES = 5;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const PREFIX = `$scrypt$ln=${LOG_2_COST},r=${BLOCK_SIZE},p=${LANES}$`;

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Hashes a new PIN with a salt of its own; the answer is in PHC string form. Computed beside the event loop. */
export async function hashPin(pin: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return `${PREFIX}${unpadded(salt)}$${unpadded(await hashOf(pin, salt))}`;
}

/** Tells whether the PIN is the one of the hash, in a time that does not depend on where they differ. */
export async function isPin(pin: string, phc: string): Promise<boolean> {
  if (!phc.startsWith(PREFIX)) return false;
  const [salt = "", hash = ""] = phc.slice(PREFIX.length).split("$");
  const kept = Buffer.from(hash, "base64");
  const given = await hashOf(pin, Buffer.from(salt, "base64"));
  return kept.length === given.length && timingSafeEqual(kept, given);
}

function hashOf(pin: string, salt: Buffer): Promise<Buffer> {
  return derive(pin, salt, HASH_BYTES, { N: 2 ** LOG_2_COST, r: BLOCK_SIZE, p: LANES });
}

/** The PHC string format writes base64 without its padding. */
function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
