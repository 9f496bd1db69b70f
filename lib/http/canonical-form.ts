/** From here on some parsers ignore parameters (`qs` and `node:querystring` do), so that every `&` counts. */
const MAX_UNORDERED = 1_000;

/** `a[b][c]`, encoded. */
const BRACKETED = /^(?:(?!%5[BD]).)+(?:%5B(?:(?!%5[BD]).)*%5D)+$/;

/**
 * A canonical form of a query string (without its `?`) or of an `application/x-www-form-urlencoded` body: two
 * of them have the same form only if they ask the same of every parser in use.
 *
 * - The order of parameters, and how their characters are encoded, make no difference; `+` is a space.
 * - Parameters of one name stay in their order. So does everything where names that a parser combines are mixed
 *   (`a=1&a[]=2`, `a[0]=1&a[]=2`, `a=1&a[b]=2`).
 * - `a` is the same as `a=`, which every parser reads as an empty string, and is not the same as no `a`.
 *   Empty parameters (`a=1&&b=2`) do not count.
 * - What different parsers read differently makes the whole text its own form: what is not well-formed (`%zz`,
 *   `%ff`, `a=b]=c`, `[a]=1`, `a[b=1`, `a[b]c=1`), and 1,000 parameters or more.
 *
 * The form is ASCII and contains no lone surrogates. Never throws.
 */
export function canonicalQuery(rawQuery: string): string {
  if (rawQuery === '') return '';
  const parts = rawQuery.split('&');
  if (parts.length >= MAX_UNORDERED) return itself(rawQuery);
  const parameters: Parameter[] = [];
  for (const part of parts) {
    if (part === '') continue;
    const parameter = parse(part);
    if (parameter === undefined) return itself(rawQuery);
    parameters.push(parameter);
  }
  if (parameters.length === 1) return write(parameters);
  const sorted = parameters.toSorted(byBaseAndName);
  return isMixed(sorted) ? `%&${write(parameters)}` : write(sorted);
}

interface Parameter {
  readonly name: string;
  /** The name up to its first bracket. */
  readonly base: string;
  readonly value: string;
}

function parse(part: string): Parameter | undefined {
  const equals = part.indexOf('=');
  const name = recode(equals === -1 ? part : part.slice(0, equals));
  const value = recode(equals === -1 ? '' : part.slice(equals + 1));
  if (name === undefined || value === undefined) return undefined;
  // `qs` takes everything up to the last bracket for the name.
  if (equals !== -1 && /(?:\]|%5d)=/i.test(part.slice(equals + 1))) return undefined;
  // Of other names with brackets, `qs` drops some of the text, so that two of them can mean one.
  if (/%5[BD]/.test(name) && !BRACKETED.test(name)) return undefined;
  const bracket = name.indexOf('%5B');
  return { name, base: bracket === -1 ? name : name.slice(0, bracket), value };
}

function recode(text: string): string | undefined {
  if (!/[^\w.~-]/.test(text)) return text;
  try {
    return encodeURIComponent(decodeURIComponent(text.replaceAll('+', ' ')));
  } catch {
    return undefined;
  }
}

/** Parameters of one name stay in their order: sorting is stable. */
function byBaseAndName(a: Parameter, b: Parameter): number {
  return compare(a.base, b.base) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether parameters with different names may end up in one array or object in an order that counts. */
function isMixed(sorted: readonly Parameter[]): boolean {
  return sorted.some(({ name, base }, index) => {
    const next = sorted[index + 1];
    if (next === undefined || next.base !== base || next.name === name) return false;
    return next.name.startsWith(name) || name.includes('%5B%5D') || next.name.includes('%5B%5D');
  });
}

/** `%!` and `%&` start no other form: there `%` always comes before two digits. */
function itself(rawQuery: string): string {
  return `%!${JSON.stringify(rawQuery)}`;
}

function write(parameters: readonly Parameter[]): string {
  return parameters.map(({ name, value }) => `${name}=${value}`).join('&');
}
