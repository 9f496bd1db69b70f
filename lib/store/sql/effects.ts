/** What a handler has done on its way, in the order in which it was marked. */
export interface Effect {
  /** 1 to 64 characters of `[A-Za-z0-9_.:-]`. */
  readonly name: string;
  /** Absent: marked, and not recorded. */
  readonly result?: Uint8Array;
}

/** A member of the JSON object in a row: its place, and its result as base64 if it is recorded. */
type Member = readonly [place: number, result: string | null];

/** Reads the effects in a row; there is a member for each name. */
export function readEffects(json: string | undefined): readonly Effect[] {
  const members = Object.entries(JSON.parse(json ?? '{}') as Record<string, Member>);
  return members
    .sort(([, [one]], [, [other]]) => one - other)
    .map(([name, [, result]]) =>
      result === null ? { name } : { name, result: new Uint8Array(Buffer.from(result, 'base64')) },
    );
}

/** A result as it is written. */
export const encodeResult = (result: Uint8Array | undefined): string | null =>
  result === undefined ? null : Buffer.from(result).toString('base64');
