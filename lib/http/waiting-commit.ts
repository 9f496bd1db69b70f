/** A transaction that is not committed before `end` is settled. */
export class WaitingCommit {
  isSettled = false;
  private resolve!: () => void;
  private reject!: (error: unknown) => void;
  readonly end = new Promise<void>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor(readonly tx: unknown) {
    // Whoever does not wait for it is told by the log.
    this.end.catch(() => undefined);
  }

  /** Lets it be committed; or, with a reason, rolled back. Only the first time counts. */
  settle(reason?: { readonly error: unknown }): void {
    this.isSettled = true;
    if (reason) this.reject(reason.error);
    else this.resolve();
  }
}
