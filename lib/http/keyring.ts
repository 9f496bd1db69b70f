import { createHmac, createSecretKey, hash } from 'node:crypto';
import { scratch } from './scratch.js';

/**
 * Stands in where no secret is configured. It is public: digests made with it do not hide what was digested
 * from those who can read the store, and are otherwise as good.
 */
const BUILT_IN_SECRET = 'nestjs-idempotency: no secret is configured';

/** Bytes of a block of SHA-256, and of its digest. */
const BLOCK = 64;
const DIGEST = 32;

/** Longer messages are not copied to stand behind the key's block. */
const LONGEST_COPY = 65_536;

/** One secret, under the name by which stored digests refer to it. */
export class DigestKey {
  /** 8 hex digits. They name the secret and do not tell it. */
  readonly name: string;
  readonly #key: Buffer;
  /** The key's blocks of RFC 2104; behind the outer one is room for the inner digest. */
  readonly #inner = Buffer.alloc(BLOCK, 0x36);
  readonly #outer = Buffer.alloc(BLOCK + DIGEST, 0x5c);

  constructor(secret: string | Uint8Array) {
    const given = createSecretKey(typeof secret === 'string' ? Buffer.from(secret, 'utf8') : secret);
    // A key of its own, in case the application uses its secret elsewhere too.
    this.#key = createHmac('sha256', given).update('nestjs-idempotency digest key').digest();
    for (const [index, byte] of this.#key.entries()) {
      this.#inner[index]! ^= byte;
      this.#outer[index]! ^= byte;
    }
    this.name = createHmac('sha256', given).update('nestjs-idempotency key name').digest('hex').slice(0, 8);
  }

  /**
   * HMAC-SHA-256, base64url, of `label` (ASCII), `text` in UTF-16 and `content`, one behind the other; a string as UTF-8.
   * By two digests in one call each, which cost half of what an `Hmac` costs that is made, fed and asked.
   */
  digest(text: string, content: string | Uint8Array = '', label = ''): string {
    const start = BLOCK + label.length;
    const end = start + 2 * text.length;
    const size = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
    if (end + size > LONGEST_COPY) {
      const hmac = createHmac('sha256', this.#key).update(label).update(text, 'utf16le');
      return hmac.update(content).digest('base64url');
    }
    const message = scratch(end + size);
    message.set(this.#inner);
    if (label !== '') message.write(label, BLOCK, 'latin1');
    message.write(text, start, 'utf16le');
    if (typeof content === 'string') message.write(content, end, 'utf8');
    else message.set(content, end);
    this.#outer.write(hash('sha256', message, 'binary'), BLOCK, 'binary');
    // Nothing of a key stays behind in memory that is used for other things.
    message.fill(0, 0, BLOCK);
    return hash('sha256', this.#outer, 'base64url');
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
