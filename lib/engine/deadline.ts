import { StoreUnavailableError } from '../errors/store-unavailable.error.js';

/**
 * Runs a store operation with its own deadline: a client that retries for 10 s, or queues while offline, must
 * not keep a caller waiting. `onLate` gets an answer that arrives after all, so that it can be undone.
 */
export function withDeadline<T>(
  operation: string,
  ms: number,
  run: () => Promise<T>,
  onLate?: (answer: T) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(
        new StoreUnavailableError(`The idempotency store did not answer "${operation}" within ${ms} ms.`),
      );
    }, ms);
    const fail = (error: unknown) => {
      clearTimeout(timer);
      reject(asStoreError(operation, error));
    };
    try {
      run().then((answer) => {
        if (late) return onLate?.(answer);
        clearTimeout(timer);
        resolve(answer);
      }, fail);
    } catch (error) {
      fail(error);
    }
  });
}

function asStoreError(operation: string, error: unknown): unknown {
  // Errors with a code of ours say more than we could add.
  if (error instanceof Error && String((error as { code?: unknown }).code).startsWith('IDEMPOTENCY_'))
    return error;
  return new StoreUnavailableError(`The idempotency store failed "${operation}".`, { cause: error });
}
