/**
 * Joins strings so that no two different lists of strings give the same text: each stands behind its length.
 * To be digested in UTF-16, two bytes to a unit: lone surrogates, which UTF-8 would all turn into one character, stay apart.
 */
export function lengthPrefixed(fields: readonly string[]): string {
  let text = `${fields.length};`;
  for (const field of fields) text += `${field.length}:${field}`;
  return text;
}
