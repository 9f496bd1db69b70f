import type { Execution } from '../execution/current-execution.js';

/** Thrown where a handler would have been entered: the recorded answer is to be sent instead. */
export class ReplayInstead extends Error {
  constructor() {
    super('The recorded response is sent instead of running the handler.');
  }
}

/**
 * A retry with uploaded files: the record is found, but whether the same files came is known only when they are
 * parsed, at the handler's door. The handler itself is never entered.
 */
export class UploadCheck implements Execution {
  readonly attempt = 0;
  readonly replayed = true;
  readonly signal: AbortSignal = new AbortController().signal;

  constructor(
    readonly handler: unknown,
    readonly key: string,
    /** @throws Refusal when other files came */
    private readonly verify: () => Promise<void>,
  ) {}

  async enter(): Promise<never> {
    await this.verify();
    throw new ReplayInstead();
  }
}
