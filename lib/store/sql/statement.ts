/** What a statement takes, by name. Times and durations are µs. */
export interface Parameters {
  readonly [name: string]: string | number | Uint8Array | null;
}

/** A statement as a driver takes it. */
export interface Statement {
  readonly text: string;
  values(parameters: Parameters): (string | number | Uint8Array | null)[];
}

/** Names of parameters that are whole numbers; `note` and `response` are bytes, all others text. */
const NUMBERS = new Set([
  ...[
    'fence',
    'lease',
    'keep',
    'strict',
    'waiting',
    'checksum',
    'retention',
    'tombstone',
    'running',
    'limit',
  ],
  'batch',
]);
const BYTES = new Set(['note', 'response']);

const PLACEHOLDER = /:([a-z]+\d*)\b/g;

/** With numbered parameters that name their type: where nothing else does, Postgres would have to guess. */
export function postgresStatement(sql: string): Statement {
  const names: string[] = [];
  const text = sql.replace(PLACEHOLDER, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    const type = NUMBERS.has(name) ? 'bigint' : BYTES.has(name) ? 'bytea' : 'text';
    return `$${names.indexOf(name) + 1}::${type}`;
  });
  return { text, values: (parameters) => names.map((name) => valueOf(parameters, name)) };
}

/** With parameters in the order of their use: the one way that all drivers of SQLite understand. */
export function sqliteStatement(sql: string): Statement {
  const names: string[] = [];
  const text = sql.replace(PLACEHOLDER, (_, name: string) => {
    names.push(name);
    // Some drivers bind whole numbers as floating point.
    return NUMBERS.has(name) ? 'CAST(? AS INTEGER)' : '?';
  });
  return { text, values: (parameters) => names.map((name) => valueOf(parameters, name)) };
}

function valueOf(parameters: Parameters, name: string): string | number | Uint8Array | null {
  const value = parameters[name];
  if (value === undefined) throw new Error(`A statement needs the parameter "${name}".`);
  return value;
}

/** Beyond this a duration is 142 years. */
const LONGEST = 2 ** 52;

/** A duration in ms as µs, the unit of all times in a table. */
export const micros = (ms: number): number => Math.min(Math.round(ms * 1000), LONGEST);
