import { distance } from 'fastest-levenshtein';
import { IdempotencyConfigurationError } from './idempotency-configuration.error.js';

/** What to say of a name, after "there is no option …;", where there is something better than a guess. */
export type Advice = (name: string) => string | undefined;

/** One sentence for each name in `given` that is not `known`, with the one that was probably meant, or all there are. */
export function unknownNames(
  given: object,
  known: readonly string[],
  where: string,
  advice: Advice = () => undefined,
): string[] {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const rest = advice(name) ?? didYouMean(nearest(name, known)) ?? `the options are ${known.join(', ')}.`;
      return `${where}: there is no option "${name}"; ${rest}`;
    });
}

/** @throws IdempotencyConfigurationError when `given` is no object, or has a name that is not `known` */
export function checkNames(where: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new IdempotencyConfigurationError([`${where}: the options must be an object.`]);
  }
  const problems = unknownNames(given, known, where);
  if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
}

/** A question with all of `names`; nothing if there are none. */
export function didYouMean(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : `did you mean ${names.map((name) => `"${name}"`).join(' or ')}?`;
}

/** The known name that `name` is a slip of: at most a third of its letters are wrong. */
function nearest(name: string, known: readonly string[]): string[] {
  const wrong = (one: string) => distance(one.toLowerCase(), name.toLowerCase());
  const [closest] = [...known].sort((a, b) => wrong(a) - wrong(b));
  return closest !== undefined && wrong(closest) <= Math.ceil(name.length / 3) ? [closest] : [];
}
