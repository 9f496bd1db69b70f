import { isObservable, lastValueFrom } from 'rxjs';

/** One call of a handler whose answer may be known before it ends: inside a transaction of its own. */
export class HandlerCall {
  isOver = false;
  /** Gives the answer. */
  answer!: (value: unknown) => void;
  private readonly answered = new Promise<unknown>((resolve) => (this.answer = resolve));
  /** Resolves at the end of the handler, with what it was rejected with, if it was. */
  over!: Promise<{ readonly error: unknown } | undefined>;

  /** The handler's answer: that which was given, or what it comes to by itself. */
  start(run: () => unknown): Promise<unknown> {
    const own = (async () => settle(run()))();
    const end = (failure?: { readonly error: unknown }) => {
      this.isOver = true;
      return failure;
    };
    this.over = own.then(
      () => end(),
      (error: unknown) => end({ error }),
    );
    return Promise.race([own, this.answered]);
  }

  /** Resolves when the answer is given, or the handler has ended without it. */
  async decided(): Promise<void> {
    await Promise.race([this.answered, this.over]);
  }
}

/** What a handler's value comes to in the end. */
async function settle(result: unknown): Promise<unknown> {
  const value = await (isObservable(result) ? lastValueFrom(result) : result);
  return isObservable(value) ? lastValueFrom(value) : value;
}
