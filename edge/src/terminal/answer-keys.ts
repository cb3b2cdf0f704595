/** Keys under which the outbox keeps what the terminal has answered. */

/** Key of a deposit. */
export const depositKey = (id: string): string => `deposit/${id}`;

/** Key of the void of a deposit: a deposit is voided once. */
export const voidKey = (deposit: string): string => `void/${deposit}`;
