import { timingSafeEqual } from 'node:crypto';
import type { DigestKey } from './keyring.js';

/** A digest as it is stored: with the version of the algorithm and the name of the secret it was made with. */
export interface StoredDigest {
  readonly version: string;
  readonly key: string;
  readonly digest: string;
}

const FORMAT = /^(\d{1,4})\.([0-9a-f]{8})\.([\w-]{43})$/;

/** `<version>.<name of the secret>.<digest, base64url>` */
export function writeDigest(version: string, key: DigestKey, digest: string): string {
  return `${version}.${key.name}.${digest}`;
}

/** Gives `undefined` for what no version of this library wrote. */
export function readDigest(stored: string): StoredDigest | undefined {
  const [, version, key, digest] = FORMAT.exec(stored) ?? [];
  return version && key && digest ? { version, key, digest } : undefined;
}

/** Takes the same time wherever they differ. Both are 43 characters long. */
export function sameDigest(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'));
}
