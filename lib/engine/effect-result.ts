import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';

/** Bytes of all results of one record together. */
export const MAX_RESULT_BYTES = 256 * 1024;

/**
 * What came of an effect, as it is kept: JSON, or nothing at all for `undefined`.
 *
 * @throws IdempotencyConfigurationError when it cannot be JSON
 */
export function encodeResult(name: string, value: unknown): Uint8Array {
  if (value === undefined) return new Uint8Array();
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (json !== undefined) return Buffer.from(json);
  throw new IdempotencyConfigurationError(
    [
      `The result of the effect "${name}" cannot be kept as JSON, so a retry could not be given it. The effect has happened. ` +
        'Return what later steps need of it: ids and numbers.',
    ],
    { cause },
  );
}

/** The value that `encodeResult` kept: a `Date` has become a string, a class instance a plain object. */
export function decodeResult(result: Uint8Array): unknown {
  if (result.byteLength === 0) return undefined;
  return JSON.parse(Buffer.from(result.buffer, result.byteOffset, result.byteLength).toString());
}

/** @throws IdempotencyConfigurationError when all results together, `bytes`, are more than a record has room for */
export function checkResultBytes(name: string, bytes: number): void {
  if (bytes <= MAX_RESULT_BYTES) return;
  throw new IdempotencyConfigurationError([
    `With the result of the effect "${name}" this request has ${bytes} bytes of results, and ${MAX_RESULT_BYTES} at most are kept. ` +
      'The effect has happened. Return what later steps need of it: ids and numbers.',
  ]);
}
