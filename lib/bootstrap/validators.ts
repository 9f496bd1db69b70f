import { ValidateBy, type ValidationOptions } from 'class-validator';
import { PROBLEMS } from '../http/problems.js';

const by =
  (name: string, validate: (value: unknown) => boolean, message: string) => (options?: ValidationOptions) =>
    ValidateBy(
      { name, validator: { validate, defaultMessage: () => `$property must be ${message}` } },
      options,
    );

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
    ['acquire', 'extend', 'complete', 'release'].every(
      (operation) => typeof (value as Record<string, unknown>)[operation] === 'function',
    ),
  'an IdempotencyStore: new MemoryStore(), new RedisStore({ client }) or new CacheManagerStore(cache)',
);

const isSecret = (value: unknown) => typeof value === 'string' && value.length >= 16;

export const IsSecret = by(
  'isSecret',
  (value) => (Array.isArray(value) ? value.length > 0 && value.every(isSecret) : isSecret(value)),
  'a string of at least 16 characters, or a list of such strings',
);

export const IsStatusMap = by(
  'isStatusMap',
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(
      ([code, status]) =>
        Object.hasOwn(PROBLEMS, code) && Number.isInteger(status) && status >= 400 && status <= 599,
    ),
  'an object from error codes of this library to statuses from 400 to 599',
);
