/** Keys and tokens of one simulator. They guard no money, so the seed may fix them. */
import { Random } from "@jumpa-madu/contracts/random";

/** What a client needs to speak with the simulator, and to know that a webhook is from it. */
export interface Secrets {
  /** User name of Basic authentication at Xendit; the password is empty. */
  xenditSecretKey: string;
  /** A key without the permission MONEY-OUT: it may read, and is answered 403 when it would pay. */
  xenditReadOnlyKey: string;
  /** Value of `x-callback-token` of Xendit's webhooks. */
  xenditCallbackToken: string;
  /** User name of Basic authentication at Flip; the password is empty. */
  flipSecretKey: string;
  /** Value of `token` in the body of Flip's callbacks. */
  flipToken: string;
}

/** Draws all of them; the same for the same seed. */
export function drawSecrets(seed: number): Secrets {
  const random = new Random(seed);
  return {
    xenditSecretKey: `xnd_development_${random.hex(48)}`,
    xenditReadOnlyKey: `xnd_development_${random.hex(48)}`,
    xenditCallbackToken: random.hex(48),
    flipSecretKey: random.hex(64),
    flipToken: `$2y$13$${random.hex(53)}`,
  };
}
