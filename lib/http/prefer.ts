// One preference up to the comma that ends it; commas in quoted strings do not.
const PREFERENCE = /(?:"(?:[^"\\]|\\.)*"|[^,])+/g;
const WAIT = /^wait\s*=\s*(?:(\d{1,9})|"(\d{1,9})")\s*(?:;|$)/i;

/** Characters. Nobody prefers more, and an attacker may make a longer one take long to read. */
const LONGEST = 1_000;

/**
 * Seconds that a `Prefer` header (RFC 7240) asks to wait, in ms; nothing when it asks for none, or for nonsense. Of
 * several, the first one counts.
 */
export function preferredWait(header: string | undefined): number | undefined {
  if (header === undefined || header.length > LONGEST) return undefined;
  for (const preference of header.match(PREFERENCE) ?? []) {
    const text = preference.trim();
    if (!/^wait\b(?!-)/i.test(text)) continue;
    const [, bare, quoted] = WAIT.exec(text) ?? [];
    const seconds = bare ?? quoted;
    return seconds === undefined ? undefined : Number(seconds) * 1_000;
  }
  return undefined;
}
