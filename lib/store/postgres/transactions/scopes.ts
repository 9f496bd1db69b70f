import { AsyncLocalStorage } from 'node:async_hooks';

/** A transaction, as the code that runs in it finds it. */
export interface Scope<Tx> {
  readonly tx: Tx;
  isOver: boolean;
  savepoints: number;
}

/** The current transactions of a runner. */
export class Scopes<Tx> {
  readonly #storage = new AsyncLocalStorage<Scope<Tx>>();

  /** @throws Error when the transaction is over that this code belongs to: nobody waited for it */
  current(): Tx | undefined {
    const scope = this.#storage.getStore();
    if (scope?.isOver) {
      throw new Error('The transaction is over in which this was started. Await what a handler does.');
    }
    return scope?.tx;
  }

  /** One that is open. */
  outer(): Scope<Tx> | undefined {
    const scope = this.#storage.getStore();
    return scope?.isOver ? undefined : scope;
  }

  /** Runs `work` with `tx` as the current one; that is over when it has ended. */
  async run<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
    const scope: Scope<Tx> = { tx, isOver: false, savepoints: 0 };
    try {
      return await this.#storage.run(scope, () => work(tx));
    } finally {
      scope.isOver = true;
    }
  }
}
