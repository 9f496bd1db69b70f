import { createHmac, createSecretKey } from 'node:crypto';
import type { Hmac, KeyObject } from 'node:crypto';

/**
 * Stands in where no secret is configured. It is public: digests made with it do not hide what was digested
 * from those who can read the store, and are otherwise as good.
 */
const BUILT_IN_SECRET = 'nestjs-idempotency: no secret is configured';

/** One secret, under the name by which stored digests refer to it. */
export class DigestKey {
  /** 8 hex digits. They name the secret and do not tell it. */
  readonly name: string;
  readonly #key: KeyObject;

  constructor(secret: string | Uint8Array) {
    const given = createSecretKey(typeof secret === 'string' ? Buffer.from(secret, 'utf8') : secret);
    // A key of its own, in case the application uses its secret elsewhere too.
    this.#key = createSecretKey(createHmac('sha256', given).update('nestjs-idempotency digest key').digest());
    this.name = createHmac('sha256', given).update('nestjs-idempotency key name').digest('hex').slice(0, 8);
  }

  /** A new HMAC-SHA-256 with this key. */
  hmac(): Hmac {
    return createHmac('sha256', this.#key);
  }
}

/**
 * The secrets of an application. The first signs; all of them verify, and so does the built-in one, always:
 * rotating a secret, or setting the first one, does not break retries under way.
 */
export class Keyring {
  /** The key new digests are made with. */
  readonly signing: DigestKey;
  readonly #keys: ReadonlyMap<string, DigestKey>;

  constructor(secrets: readonly (string | Uint8Array)[]) {
    const keys = [...secrets, BUILT_IN_SECRET].map((secret) => new DigestKey(secret));
    this.signing = keys[0] as DigestKey;
    this.#keys = new Map(keys.map((key) => [key.name, key]));
  }

  /** All keys that are known. */
  get all(): DigestKey[] {
    return [...this.#keys.values()];
  }

  /** The key of that name, if it is (still) known. */
  find(name: string): DigestKey | undefined {
    return this.#keys.get(name);
  }
}
