import { misused, withoutRunner, type OwnTransactions } from '../execution/own-transactions.js';
import { isSerializationFailure } from '../transactions/serialization-failure.js';
import type { AttemptTransaction, TransactionEnd, TransactionSave } from './attempt-transaction.js';
import type { ExactlyOnce } from './exactly-once.js';
import { HandlerCall } from './handler-call.js';
import type { HandlerRun } from './handler-run.js';
import type { ProblemSettings } from './problem-details.js';
import { EffectRefused } from './run-effect.js';
import { runRetried, type TransactionRetries } from './transaction-retries.js';
import { WaitingCommit } from './waiting-commit.js';

const GOES_ON =
  'The handler went on after its commitWith() was refused. If it committed, that has no answer. Let the error through.';
const NOT_AWAITED =
  'The handler ended before its commitWith() did: await it, as the last statement of the transaction. The answer was recorded ' +
  'after the commit, not with it.';

/**
 * A transaction of the handler's own. `commitWith` makes the handler's answer known while the transaction waits for it to be
 * recorded: interceptors and serializers go on with it, and what comes of them is what is recorded and committed.
 */
export class ExplicitTransaction implements AttemptTransaction, OwnTransactions {
  private call: HandlerCall | undefined;
  private waiting: WaitingCommit | undefined;
  private isClosed = false;

  constructor(
    private readonly setup: Pick<ExactlyOnce, 'transactions' | 'report'>,
    private readonly retries: TransactionRetries,
    private readonly handler: HandlerRun,
    private readonly problems: ProblemSettings,
    /** Whether the handler may be run again after one that failed. */
    private readonly mayRetry: () => boolean,
  ) {}

  async commitWith<T>(tx: unknown, result: T): Promise<T> {
    const { call } = this;
    if (!call || call.isOver) throw misused('commitWith()', 'call it in the handler, while that runs.');
    if (this.isClosed) throw this.lost();
    if (this.waiting) {
      throw misused(
        'commitWith()',
        'it was called before in this attempt, and an attempt has one answer. What is not committed with it is rolled back; the ' +
          'retry of the client runs everything again.',
      );
    }
    this.waiting = new WaitingCommit(tx);
    call.answer(result);
    await this.waiting.end;
    return result;
  }

  async transaction<T>(work: (tx: unknown) => Promise<T>): Promise<T> {
    const { transactions } = this.setup;
    if (!transactions) throw withoutRunner();
    // One that waited had its answer: it is not made again.
    const mayRetry = () => !this.waiting && !this.isClosed;
    return runRetried(transactions, this.retries, mayRetry, async (tx) =>
      this.commitWith(tx, await work(tx)),
    );
  }

  async run<T>(chain: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await chain();
      } catch (error) {
        // Who lost patience with a handler that goes on has not said what becomes of it.
        if (this.handler.state !== 'running') await this.undo({ error });
        await this.retries.after(error, this.isWorthAnotherTry());
      }
    }
  }

  around(run: () => unknown): () => unknown {
    return () => (this.call = new HandlerCall()).start(run);
  }

  inside<T>(work: () => T): T {
    return work();
  }

  get isOver(): boolean {
    return this.waiting !== undefined && this.call!.isOver;
  }

  async commit(save: TransactionSave): Promise<TransactionEnd> {
    const { call } = this;
    if (!this.waiting) await call?.decided();
    const { waiting } = this;
    if (!call || !waiting) return { state: 'none' };
    // A stream that reads from the transaction.
    if (this.handler.state === 'running') await this.handler.ended();
    if (call.isOver) return this.missed(call, waiting);
    let saved: 'completed' | 'lost';
    try {
      saved = await save(waiting.tx);
    } catch (error) {
      await this.undo({ error });
      return { state: 'rolled-back', error };
    }
    if (saved === 'lost') {
      await this.undo({ error: this.lost() });
      return { state: 'lost' };
    }
    waiting.settle();
    const failure = await call.over;
    return failure ? { state: 'unknown', error: failure.error } : { state: 'committed' };
  }

  async rollback(): Promise<void> {
    this.isClosed = true;
    this.handler.close();
    if (!this.waiting) return;
    if (this.handler.state === 'running') await this.handler.ended();
    await this.undo({ error: new Error('The answer of this attempt is not to be recorded: roll back.') });
  }

  /** Has the handler roll back what waits to be committed. */
  private async undo(reason: { readonly error: unknown }): Promise<void> {
    const { waiting, call } = this;
    if (!waiting || waiting.isSettled) return;
    waiting.settle(reason);
    if (!(await call!.over)) this.setup.report(GOES_ON, reason.error);
  }

  /** The handler has ended, and its transaction with it, before the answer could be recorded. */
  private async missed(call: HandlerCall, waiting: WaitingCommit): Promise<TransactionEnd> {
    const failure = await call.over;
    if (!failure) this.setup.report(NOT_AWAITED, undefined);
    waiting.settle(failure ?? { error: misused('commitWith()', NOT_AWAITED) });
    return failure ? { state: 'rolled-back', error: failure.error } : { state: 'none' };
  }

  private lost(): Error {
    return new EffectRefused('IDEMPOTENCY_LEASE_LOST', this.problems);
  }

  private isWorthAnotherTry(): boolean {
    const { state, error } = this.handler;
    return !this.isClosed && state === 'rejected' && isSerializationFailure(error) && this.mayRetry();
  }
}
