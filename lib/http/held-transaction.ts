import { AsyncLocalStorage } from 'node:async_hooks';
import type { TransactionRunner } from '../transactions/transaction-runner.js';
import type { TransactionEnd, TransactionSave } from './attempt-transaction.js';
import type { HandlerRun } from './handler-run.js';
import { Refusal } from './refusal.js';

/** Has the runner roll back. */
class RollBack extends Error {}

/** One transaction around one run of the chain, open until it is told how to end. */
export class HeldTransaction {
  isOpen = false;
  /** Runs something where the transaction is the current one. */
  inside!: <T>(work: () => T) => T;
  private isBegun = false;
  private saved: 'completed' | 'lost' | undefined;
  private decide!: (save: TransactionSave | undefined) => void;
  private readonly decision = new Promise<TransactionSave | undefined>((resolve) => (this.decide = resolve));
  private breakOff!: (reason: RollBack) => void;
  private readonly brokenOff = new Promise<never>((_, reject) => (this.breakOff = reject));
  /** Resolves with what the runner rejects with, or with nothing. */
  private over: Promise<{ readonly error: unknown } | undefined> = Promise.resolve({ error: undefined });

  constructor(
    private readonly runner: TransactionRunner,
    private readonly handler: Pick<HandlerRun, 'state' | 'ended'>,
  ) {
    this.brokenOff.catch(() => undefined);
  }

  /** The value of the chain, with the transaction open; or its error, after the rollback. */
  run<T>(chain: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let failure: { readonly error: unknown } | undefined;
      const work = async (tx: unknown): Promise<void> => {
        this.begin();
        try {
          resolve(await Promise.race([chain(), this.brokenOff]));
        } catch (error) {
          failure = { error };
          // Somebody lost patience with a handler that goes on in this transaction.
          if (this.handler.state !== 'running') throw error;
          reject(error);
        }
        await this.end(tx, await this.decision);
      };
      this.over = this.start(work).then(
        () => {
          this.isOpen = false;
          reject(new Error('A TransactionRunner ended a transaction before its work.'));
          return undefined;
        },
        (error: unknown) => {
          this.isOpen = false;
          const isRefused = !this.isBegun;
          reject(
            failure ? failure.error : isRefused ? new Refusal('STORE_UNAVAILABLE', { cause: error }) : error,
          );
          return { error };
        },
      );
    });
  }

  /** Never rejects. */
  async commit(save: TransactionSave): Promise<TransactionEnd> {
    this.decide(save);
    const failed = await this.over;
    if (!failed) return { state: this.saved === 'completed' ? 'committed' : 'rolled-back' };
    if (this.saved === 'lost') return { state: 'lost' };
    return { state: this.saved === 'completed' ? 'unknown' : 'rolled-back', error: failed.error };
  }

  /** Never rejects. */
  async rollback(): Promise<void> {
    this.decide(undefined);
    if (this.handler.state !== 'running') this.breakOff(new RollBack());
    await this.over;
  }

  private async start(work: (tx: unknown) => Promise<void>): Promise<void> {
    await this.runner.run(work);
  }

  private begin(): void {
    if (this.isBegun) throw new Error('A TransactionRunner calls its work once.');
    this.isBegun = true;
    this.isOpen = true;
    this.inside = AsyncLocalStorage.snapshot();
  }

  private async end(tx: unknown, save: TransactionSave | undefined): Promise<void> {
    // It would go on on a connection that is somebody else's by then.
    if (this.handler.state === 'running') await this.handler.ended();
    if (!save) throw new RollBack();
    const saved = await save(tx);
    this.saved = saved;
    if (saved === 'lost') throw new RollBack();
  }
}
