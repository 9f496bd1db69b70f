import { isObservable, lastValueFrom } from 'rxjs';
import { Latch } from '../engine/latch.js';
import { asIs, repeatable, type Repeatable } from './platform/repeatable.js';

/** Runs a handler once, whatever the interceptors around it do. */
export class HandlerRun {
  state: 'idle' | 'running' | 'resolved' | 'rejected' = 'idle';
  /** What it was rejected with: the handler's own error, whatever interceptors and filters make of it. */
  error: unknown;
  /** It says that it has done nothing, should it fail. */
  isNotApplied = false;
  private isClosed = false;
  private readonly beginning = new Latch();
  private over: Promise<unknown> | undefined;
  private again!: () => unknown;
  private taken: Repeatable | undefined;

  constructor(
    /** Bytes of a stream that can be given again; nothing where the value is not sent. */
    private readonly limit: number | undefined,
  ) {}

  /** Resolves when the handler is entered. */
  get begun(): Promise<void> {
    return this.beginning.opened;
  }

  /**
   * The handler's result, or a promise of it. An interceptor that subscribes again gets the same result; one that
   * retries after an error runs the handler again, as it means to.
   */
  enter(run: () => unknown): unknown {
    if (this.state === 'running' || this.state === 'resolved') return this.again();
    if (this.isClosed) throw new Error('This attempt was given up before its handler was entered.');
    this.state = 'running';
    // What an earlier run said, it did not say of this one.
    this.isNotApplied = false;
    this.beginning.open();
    try {
      const result = run();
      this.again = isDeferred(result) ? this.await(result) : this.take(result).fresh;
    } catch (error) {
      this.reject(error);
      throw error;
    }
    return this.again();
  }

  /** The handler is not entered any more, by this attempt. */
  close(): void {
    this.isClosed = true;
  }

  get entered(): boolean {
    return this.state !== 'idle';
  }

  /** Whether it is an error of that class that it was rejected with. */
  failedWith(kind: abstract new (...args: never[]) => Error): boolean {
    return this.state === 'rejected' && this.error instanceof kind;
  }

  /** Nobody will read a stream that the handler gave; it goes on all the same. */
  abandon(): void {
    this.taken?.abandon?.();
  }

  /** Resolves when a running handler, and the stream it gave, has ended, either way. */
  async ended(): Promise<void> {
    await this.over?.catch(() => undefined);
    if (this.state === 'running') await this.over?.catch(() => undefined);
  }

  /**
   * Nest unsubscribes from a handler's Observable when its client leaves: just the request that will be retried. A
   * promise runs to its end. Of several emissions only the last is sent anyway.
   */
  private await(result: unknown): () => unknown {
    const promise = this.settle(result);
    this.over = promise;
    return () => promise.then(({ fresh }) => fresh());
  }

  private async settle(result: unknown): Promise<Repeatable> {
    try {
      const value = await (isObservable(result) ? lastValueFrom(result) : result);
      return this.take(isObservable(value) ? await lastValueFrom(value) : value);
    } catch (error) {
      this.reject(error);
      throw error;
    }
  }

  private take(value: unknown): Repeatable {
    const taken = this.limit === undefined ? asIs(value) : repeatable(value, this.limit);
    this.taken = taken;
    if (!taken.ended) this.state = 'resolved';
    else {
      this.over = taken.ended.then(
        () => (this.state = 'resolved'),
        (error: unknown) => this.reject(error),
      );
    }
    return taken;
  }

  private reject(error: unknown): void {
    this.state = 'rejected';
    this.error = error;
  }
}

function isDeferred(result: unknown): boolean {
  return (
    isObservable(result) || typeof (result as { then?: unknown } | null | undefined)?.then === 'function'
  );
}
