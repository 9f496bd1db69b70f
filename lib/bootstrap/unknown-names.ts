import { closest } from 'fastest-levenshtein';

/** One sentence for each name in `given` that is not `known`, with the one that was probably meant. */
export function unknownNames(given: object, known: readonly string[], where: string): string[] {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => `${where}: there is no option "${name}"; did you mean "${nearest(name, known)}"?`);
}

function nearest(name: string, known: readonly string[]): string {
  const meant = closest(
    name.toLowerCase(),
    known.map((one) => one.toLowerCase()),
  );
  return known.find((one) => one.toLowerCase() === meant)!;
}
