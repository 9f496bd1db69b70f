/** Bytes of it. */
const SIZE = 8_192;

const shared = Buffer.alloc(SIZE);

/**
 * Bytes to write a message to that is digested in the same breath: almost all are small, and need no memory of their
 * own. What is in them belongs to nobody after the next call.
 */
export function scratch(size: number): Buffer {
  return size <= SIZE ? shared.subarray(0, size) : Buffer.allocUnsafe(size);
}
