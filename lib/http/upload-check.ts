import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';
import { misused } from '../execution/own-transactions.js';
import { runAs, type Execution } from '../execution/current-execution.js';

/** Thrown where a handler would have been entered: the recorded answer is to be sent instead. */
class ReplayInstead extends Error {
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
  /** Not there before the handler's door is reached. */
  private verdict: Promise<void> | undefined;

  constructor(
    readonly handler: unknown,
    readonly key: string,
    readonly reference: string,
    /** @throws Refusal when other files came, or when they cannot be compared */
    private readonly verify: () => Promise<void>,
  ) {}

  notApplied(): void {}

  async effect(name: string): Promise<never> {
    throw new IdempotencyConfigurationError([
      `effect("${name}") was called before the handler of a retry that has its answer already: call it in the handler.`,
    ]);
  }

  ownTransactions(called: string): never {
    throw misused(
      called,
      'it was called before the handler of a retry that has its answer already: call it in the handler.',
    );
  }

  async enter(): Promise<never> {
    await this.verified();
    throw new ReplayInstead();
  }

  /**
   * Runs `chain`, the interceptors that parse the files and those around them. Resolves when the recorded answer is
   * the one to send.
   *
   * Once the handler's door was reached, only the verdict counts: the application's interceptors may have made
   * anything of what was thrown there, a success included. Before that, an error is the application's (a file is too
   * large, a pipe refuses) and goes on. A chain that ended well without the handler is no answer either, as the
   * recorded one is another: the files are compared now. If no one parsed them, the request is refused, because it
   * cannot be told from another.
   *
   * @throws Refusal as `verify` does, and whatever the chain throws before the handler
   */
  async through(chain: () => Promise<unknown>): Promise<void> {
    try {
      await runAs(this, chain);
    } catch (error) {
      if (!this.verdict) throw error;
    }
    await this.verified();
  }

  /** One verdict, however often interceptors subscribe: files on disk may be gone the second time. */
  private verified(): Promise<void> {
    return (this.verdict ??= this.verify());
  }
}
