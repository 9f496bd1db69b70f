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
      let late = false;
      const refuse = (error: unknown) => {
        onFailed?.(error);
        reject(error);
      };
      const ticket = queue.add(() => {
        late = true;
        refuse(
          new StoreUnavailableError(`The idempotency store did not answer "${operation}" within ${ms} ms.`),
        );
      });
      const fail = (error: unknown) => {
        queue.cancel(ticket);
        if (!late) refuse(asStoreError(operation, error));
      };
      try {
        work().then((answer) => {
          if (late) return onLate?.(answer);
          queue.cancel(ticket);
          resolve(answer);
        }, fail);
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
