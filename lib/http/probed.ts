import { isObservable, lastValueFrom } from 'rxjs';

/** A handler that is not over before `reach` is: for tests of what happens between its end and the next step. */
export function probedAfter(
  run: () => unknown,
  reach: () => Promise<void> | undefined,
): () => Promise<unknown> {
  return async () => {
    const result = run();
    const value: unknown = await (isObservable(result) ? lastValueFrom(result) : result);
    await reach();
    return value;
  };
}
