import { ValidateBy, type ValidationOptions } from 'class-validator';
import { PROBLEMS } from '../http/problems.js';

/** A rule that says in one sentence what it wants. */
export const by =
  (name: string, validate: (value: unknown) => boolean, message: string | ((value: unknown) => string)) =>
  (options?: ValidationOptions) =>
    ValidateBy(
      {
        name,
        validator: {
          validate,
          defaultMessage: (args) =>
            `$property must be ${typeof message === 'string' ? message : message(args?.value)}`,
        },
      },
      options,
    );

/** 86400000 as a reader counts it: 86_400_000. */
export const grouped = (ms: number) => String(ms).replace(/\B(?=(\d{3})+$)/g, '_');

/** A duration in ms. `hint` tells a reader who thought of another unit what to write; `or` is what else may stand here. */
export const IsDuration = (min: number, max: number, hint: string, or?: 'or true or false' | 'or false') =>
  by(
    'isDuration',
    (value) =>
      (value === true && or === 'or true or false') ||
      (value === false && or !== undefined) ||
      (Number.isInteger(value) && (value as number) >= min && (value as number) <= max),
    `a whole number of milliseconds from ${grouped(min)} to ${grouped(max)} (${hint})${or ? `, ${or}` : ''}`,
  )();

/** One of some names, or a function. */
export const IsOneOfOrFunction = (...names: readonly string[]) =>
  by(
    'isOneOfOrFunction',
    (value) => typeof value === 'function' || names.includes(value as string),
    `one of ${names.join(', ')}, or a function`,
  )();

export const IsFunction = by('isFunction', (value) => typeof value === 'function', 'a function');

export const IsBoolean = by('isBoolean', (value) => typeof value === 'boolean', 'true or false');

export const IsOperation = by(
  'isOperation',
  (value) => typeof value === 'string' && /^[\x21-\x7e]{1,128}$/.test(value),
  '1 to 128 printable ASCII characters, without spaces',
);

/** By what it can do: the class may come from another copy of this package. */
export const IsStore = by(
  'isStore',
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { capabilities?: unknown }).capabilities === 'object' &&
    ['acquire', 'extend', 'complete', 'release', 'look', 'list', 'resolve', 'remove'].every(
      (operation) => typeof (value as Record<string, unknown>)[operation] === 'function',
    ),
  'an IdempotencyStore: new MemoryStore(), new RedisStore({ client }) or new CacheManagerStore(cache)',
);

export const IsTransactionRunner = by(
  'isTransactionRunner',
  (value) => typeof (value as { run?: unknown } | null)?.run === 'function',
  'an object with run(work): pgTransactions(pool), kyselyTransactions(db), clsTransactions(transactionHost), or your own',
);

const isSecret = (value: unknown) => typeof value === 'string' && value.length >= 16;

export const IsSecret = by(
  'isSecret',
  (value) => (Array.isArray(value) ? value.length > 0 && value.every(isSecret) : isSecret(value)),
  'a string of at least 16 characters, or a list of such strings',
);

const isStatus = ([code, status]: [string, unknown]) =>
  Object.hasOwn(PROBLEMS, code) &&
  Number.isInteger(status) &&
  (status as number) >= 400 &&
  (status as number) <= 599;

const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const IsStatusMap = by(
  'isStatusMap',
  (value) => isMap(value) && Object.entries(value).every(isStatus),
  (value) => {
    const wrong = isMap(value) ? Object.entries(value).filter((entry) => !isStatus(entry)) : [];
    const members = wrong.map(([code, status]) =>
      Object.hasOwn(PROBLEMS, code)
        ? `${code} is ${typeof status === 'string' ? JSON.stringify(status) : String(status)}`
        : `there is no code "${code}"`,
    );
    const said = members.length > 0 ? `: ${members.join(', ')}` : '';
    return `an object from error codes of this library to statuses from 400 to 599${said}`;
  },
);
