/**
 * Knows whether code runs inside the work of a transaction.
 *
 * A query sent to the store itself from within a transaction would see none of the transaction's rows; on SQLite it
 * would wait for its own transaction to end, and on PostgreSQL a pool full of such waits stands still. So it is refused.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { StoreError } from "../store-error.ts";

/** Transactions of one store. */
export class TransactionScope {
  readonly #storage = new AsyncLocalStorage<{ isOpen: boolean }>();

  /** Runs the work of a transaction; the scope ends with it, also for what the work has left running. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const scope = { isOpen: true };
    try {
      return await this.#storage.run(scope, work);
    } finally {
      scope.isOpen = false;
    }
  }

  /** Throws StoreError `outside_transaction` when called from within a transaction of this store. */
  refuseWithin(): void {
    if (this.#storage.getStore()?.isOpen === true) {
      throw new StoreError(
        "outside_transaction",
        "a query within a transaction went to the store; send it to the transaction that was given",
      );
    }
  }
}
