import { StoreUnavailableError } from '../errors/store-unavailable.error.js';
import { TimerQueue } from './timer-queue.js';

/** Runs store operations in time: a client that retries for 10 s, or queues while offline, must not keep a caller waiting. */
export class Deadline {
  private readonly queue: TimerQueue;

  constructor(private readonly ms: number) {
    this.queue = new TimerQueue(ms, true);
  }

  /**
   * `onLate` gets an answer that arrives after all, so that it can be undone; `onFailed` what the promise rejects with.
   *
   * @throws an error with a code of ours
   */
  run<T>(
    operation: string,
    work: () => Promise<T>,
    onLate?: (answer: T) => unknown,
    onFailed?: (error: unknown) => void,
  ): Promise<T> {
    const { queue, ms } = this;
    return new Promise((resolve, reject) => {
      let state: 'open' | 'late' | 'settled' = 'open';
      const refuse = (error: unknown) => {
        onFailed?.(error);
        reject(error);
      };
      const expire = () => {
        if (state !== 'open') return;
        state = 'late';
        refuse(
          new StoreUnavailableError(`The idempotency store did not answer "${operation}" within ${ms} ms.`),
        );
      };
      // A process that was held up comes to its timers first. The answer may lie there: it is read before this.
      const ticket = queue.add(() => void setImmediate(expire));
      const isInTime = () => {
        if (state === 'late') return false;
        state = 'settled';
        queue.cancel(ticket);
        return true;
      };
      const fail = (error: unknown) => {
        if (isInTime()) refuse(asStoreError(operation, error));
      };
      try {
        work().then((answer) => (isInTime() ? resolve(answer) : onLate?.(answer)), fail);
      } catch (error) {
        fail(error);
      }
    });
  }
}

function asStoreError(operation: string, error: unknown): unknown {
  // Errors with a code of ours say more than we could add.
  if (error instanceof Error && String((error as { code?: unknown }).code).startsWith('IDEMPOTENCY_'))
    return error;
  return new StoreUnavailableError(`The idempotency store failed "${operation}".`, { cause: error });
}
