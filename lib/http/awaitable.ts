/** What is there, or will be. */
export type Awaitable<T> = T | Promise<T>;

/** Of whatever make. */
export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** Goes on at once with what is there: almost no application needs to wait for what identifies a request. */
export function andThen<T, Result>(
  value: Awaitable<T>,
  goOn: (value: T) => Awaitable<Result>,
): Awaitable<Result> {
  return isPromise(value) ? value.then(goOn) : goOn(value);
}
