import { RecordUnreadableError } from '../errors/record-unreadable.error.js';

/** Reads little-endian fields one after the other. Throws a `RecordUnreadableError` rather than read past `end`. */
export class ByteReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(
    bytes: Uint8Array,
    private readonly end: number,
  ) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.bytes.readUInt8(this.take(1));
  }

  u16(): number {
    return this.bytes.readUInt16LE(this.take(2));
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  /** A length in bytes (u32), then UTF-8. */
  text(): string {
    const length = this.u32();
    const start = this.take(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  /** A view of everything that was not read yet. */
  rest(): Uint8Array {
    const start = this.take(this.end - this.at);
    return this.bytes.subarray(start, this.end);
  }

  private take(length: number): number {
    const start = this.at;
    if (length > this.end - start) throw new RecordUnreadableError('The recorded response is damaged.');
    this.at += length;
    return start;
  }
}
