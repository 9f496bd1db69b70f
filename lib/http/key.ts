/** What reading a key gives. `detail` is a fixed sentence: it never contains what was sent. */
export type KeyResult =
  | { readonly ok: true; readonly key: string }
  | { readonly ok: false; readonly reason: 'missing' | 'invalid'; readonly detail: string };

/** Longest key, in characters; each is one byte. */
export const MAX_KEY_LENGTH = 255;

const PRINTABLE = /^[\x20-\x7e]*$/;

// RFC 8941, sections 3.1.2 and 3.3. The alternatives of a value start with different characters, except
// decimal and integer, so that matching is linear.
const STRING = String.raw`"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"`;
const VALUE = String.raw`(?:-?(?:\d{1,12}\.\d{1,3}|\d{1,15})|${STRING}|[A-Za-z*][\w!#$%&'*+.^|~:/\`-]*|:[A-Za-z\d+/=]*:|\?[01])`;
const PARAMETER = String.raw`; *[a-z*][a-z\d_.*-]*(?:=${VALUE})?`;
const STRING_ITEM = new RegExp(`^(${STRING})(?:${PARAMETER})*$`);
const STRING_LIST = new RegExp(String.raw`^${STRING}(?:${PARAMETER})*[ \t]*,`);

const MISSING = invalid('missing', 'The idempotency key is missing.');
const REPEATED = invalid('invalid', 'The idempotency key was sent more than once; send exactly one.');
const LIST = invalid('invalid', 'The idempotency key is a list; send exactly one key.');
const BLANK = invalid('invalid', 'The idempotency key is blank.');
const BROKEN = invalid('invalid', 'The idempotency key starts a quoted string that is not well-formed.');
const TOO_LONG = invalid('invalid', `The idempotency key is longer than ${MAX_KEY_LENGTH} characters.`);
const UNPRINTABLE = invalid('invalid', 'The idempotency key has characters other than printable ASCII.');
const NOT_TEXT = invalid('invalid', 'The idempotency key is not a string.');

/**
 * Reads the key from the header's value, or values if the header came several times (which is refused, never
 * joined). Both forms in use are read, and are the same key:
 *
 * - an RFC 8941 string, `"k"`: escapes are decoded, what is between the quotes is taken as it is, well-formed
 *   parameters (`"k";a=1`) are ignored as the RFC asks, anything else after it is refused;
 * - the bare form, `k`: everything between the surrounding white space, without comma. A semicolon in it is
 *   part of the key.
 *
 * A header that is there but empty is `invalid`, not `missing`.
 */
export function readKey(raw: string | readonly string[] | undefined): KeyResult {
  const values = typeof raw === 'string' ? [raw] : (raw ?? []);
  const [value] = values;
  if (value === undefined) return MISSING;
  if (values.length > 1) return REPEATED;
  const text = trimOptionalWhiteSpace(value);
  if (text.startsWith('"')) return readString(text);
  return text.includes(',') ? LIST : checkText(text);
}

/**
 * Checks a key that a resolver gave. It is taken as it is: nothing is decoded or trimmed, and commas are
 * allowed. `undefined` and `null` are `missing`; anything else that is not a string of 1 to 255 printable
 * ASCII characters, not all blank, is `invalid`. Numbers too: `1`, `1.0` and `'1'` would become one key.
 */
export function checkKey(value: unknown): KeyResult {
  if (value === undefined || value === null) return MISSING;
  return typeof value === 'string' ? checkText(value) : NOT_TEXT;
}

function readString(text: string): KeyResult {
  if (!PRINTABLE.test(text)) return UNPRINTABLE;
  const quoted = STRING_ITEM.exec(text)?.[1];
  if (quoted === undefined) return STRING_LIST.test(text) ? LIST : BROKEN;
  return checkText(quoted.slice(1, -1).replace(/\\(.)/g, '$1'));
}

function checkText(key: string): KeyResult {
  if (key.length > MAX_KEY_LENGTH) return TOO_LONG;
  if (!PRINTABLE.test(key)) return UNPRINTABLE;
  return key.trim() === '' ? BLANK : { ok: true, key };
}

/** Space and tab only (RFC 9110, OWS): `trim()` would also take away characters that are to be refused. */
function trimOptionalWhiteSpace(value: string): string {
  return value.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '');
}

function invalid(reason: 'missing' | 'invalid', detail: string): KeyResult {
  return Object.freeze({ ok: false, reason, detail });
}
