/** The same bytes as a Buffer: clients take no other arrays of them. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes as text, a character each. */
export const textOf = (bytes: Uint8Array, from = 0, to = bytes.length): string =>
  asBuffer(bytes).toString('latin1', from, to);
