const WAIT = /^wait\s*=\s*"?(\d{1,9})"?$/i;

/** Seconds that a `Prefer` header (RFC 7240) asks to wait, in ms; nothing when it asks for none. The first one counts. */
export function preferredWait(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  for (const preference of header.split(',')) {
    const [, seconds] = WAIT.exec(preference.split(';', 1)[0]!.trim()) ?? [];
    if (seconds !== undefined) return Number(seconds) * 1_000;
  }
  return undefined;
}
