/**
 * Passwords: argon2id (RFC 9106) by the parameters that OWASP's Password Storage Cheat Sheet gives for 19 MiB.
 *
 * A hash takes some 50 ms of a thread and 19 MiB, so only a few are computed at once and a few wait; beyond, whoever
 * asks is sent away, because a queue without end would let anybody fill the memory by guessing.
 */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { ProblemError } from "../problem-error.ts";

/** Hashes that are computed at once. */
export const HASHES_AT_ONCE_MAX = 2;

/** Hashes that wait for their turn. */
export const HASHES_WAITING_MAX = 32;

const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const PREFIX = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$`;

const derive = promisify<"argon2id", Argon2Parameters, Buffer>(argon2);

/** Hashes passwords, a few at a time. */
export class PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** Compared with when the user does not exist, so that the answer takes as long as for one who does. */
  readonly #nobody: string;

  constructor() {
    const noise = randomBytes(SALT_BYTES + HASH_BYTES);
    this.#nobody = encode(noise.subarray(0, SALT_BYTES), noise.subarray(SALT_BYTES));
  }

  /** Hash of a new password in PHC string form. Throws ProblemError `unavailable` when too many wait. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    return encode(salt, await this.#derive(password, salt));
  }

  /** Tells whether the password is the one of the hash; with null (no such user) takes as long and answers false. */
  async verify(password: string, phc: string | null): Promise<boolean> {
    const kept = decode(phc ?? this.#nobody);
    if (kept === null) return false;
    const given = await this.#derive(password, kept.salt);
    const isSame = given.length === kept.hash.length && timingSafeEqual(given, kept.hash);
    return isSame && phc !== null;
  }

  async #derive(password: string, salt: Buffer): Promise<Buffer> {
    await this.#enter();
    try {
      return await derive("argon2id", {
        message: password.normalize("NFKC"),
        nonce: salt,
        parallelism: LANES,
        tagLength: HASH_BYTES,
        memory: MEMORY_KIB,
        passes: PASSES,
      });
    } finally {
      // The place passes straight to the next one in line, so nobody can slip in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < HASHES_AT_ONCE_MAX) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= HASHES_WAITING_MAX) {
      throw new ProblemError("unavailable", "too many are signing in at once; try again in a moment", {
        headers: { "retry-after": "2" },
      });
    }
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn.resolve);
    await turn.promise;
  }
}

/** Draws a password: 96 random bits in 16 characters of base64url. */
export function drawPassword(): string {
  return randomBytes(12).toString("base64url");
}

function encode(salt: Buffer, hash: Buffer): string {
  return `${PREFIX}${unpadded(salt)}$${unpadded(hash)}`;
}

function decode(phc: string): { salt: Buffer; hash: Buffer } | null {
  if (!phc.startsWith(PREFIX)) return null;
  const [salt, hash] = phc.slice(PREFIX.length).split("$");
  if (salt === undefined || hash === undefined) return null;
  return { salt: Buffer.from(salt, "base64"), hash: Buffer.from(hash, "base64") };
}

/** The PHC string format writes base64 without its padding. */
function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
