/** Workers that die: at a point that is drawn, everything of theirs that touches store or provider throws, for ever. */
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import type { PayoutProvider } from "@jumpa-madu/treasury/payout-provider";

/** What a dead worker meets. */
export class Killed extends Error {}

/** One worker's life, counted in points at which it can die: around each transaction and each call. */
export class Life {
  #pointsLeft: number;

  /** Infinity: it never dies. */
  constructor(points: number) {
    this.#pointsLeft = points;
  }

  get isOver(): boolean {
    return this.#pointsLeft <= 0;
  }

  /** Passes one point, or dies at it. */
  point(): void {
    if (this.#pointsLeft > 0) this.#pointsLeft--;
    if (this.#pointsLeft <= 0) throw new Killed("the worker was killed");
  }
}

/** The store as this worker has it: it can die before a transaction, before its commit, and after it. */
export function mortalStore(store: RelationalStore, life: Life): RelationalStore {
  return {
    ...store,
    async transaction(work) {
      life.point();
      const result = await store.transaction(async (tx) => {
        const done = await work(tx);
        life.point();
        return done;
      });
      life.point();
      return result;
    },
  };
}

/** The provider as this worker has it: it can die before a call has left, and when its answer has come and is not heard. */
export function mortalProvider(provider: PayoutProvider, life: Life): PayoutProvider {
  const around = async <T>(call: () => Promise<T>): Promise<T> => {
    life.point();
    const answer = await call();
    life.point();
    return answer;
  };
  return {
    ...provider,
    submit: (submission) => around(() => provider.submit(submission)),
    lookup: (question) => around(() => provider.lookup(question)),
    inquire: (inquiry) => around(() => provider.inquire(inquiry)),
  };
}
