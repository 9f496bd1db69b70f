import { isObservable, lastValueFrom } from 'rxjs';

/** Runs a handler once, whatever the interceptors around it do. */
export class HandlerRun {
  state: 'idle' | 'running' | 'resolved' | 'rejected' = 'idle';
  private result: unknown;

  /**
   * The handler's result, or a promise of it. An interceptor that subscribes again gets the same result; one that
   * retries after an error runs the handler again, as it means to.
   */
  enter(run: () => unknown): unknown {
    if (this.state === 'running' || this.state === 'resolved') return this.result;
    this.state = 'running';
    try {
      this.result = this.own(run());
    } catch (error) {
      this.state = 'rejected';
      throw error;
    }
    return this.result;
  }

  get entered(): boolean {
    return this.state !== 'idle';
  }

  /** Resolves when a running handler has ended, either way. */
  async ended(): Promise<void> {
    if (this.state === 'running') await Promise.resolve(this.result).catch(() => undefined);
  }

  /**
   * Nest unsubscribes from a handler's Observable when its client leaves: just the request that will be retried. A
   * promise runs to its end. Of several emissions only the last is sent anyway.
   */
  private own(result: unknown): unknown {
    if (
      !isObservable(result) &&
      typeof (result as { then?: unknown } | null | undefined)?.then !== 'function'
    ) {
      this.state = 'resolved';
      return result;
    }
    const promise = settle(result);
    promise.then(
      () => (this.state = 'resolved'),
      () => (this.state = 'rejected'),
    );
    return promise;
  }
}

async function settle(result: unknown): Promise<unknown> {
  const value = await (isObservable(result) ? lastValueFrom(result) : result);
  return isObservable(value) ? lastValueFrom(value) : value;
}
