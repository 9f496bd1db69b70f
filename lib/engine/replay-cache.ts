/** How much is kept, and how long. */
export interface ReplayCacheBounds {
  /** Bytes in all, with what an entry needs besides its answer. */
  readonly maxBytes: number;
  /** ms from when the store was asked. */
  readonly ttl: number;
}

/** A finished record, as far as it answers requests. */
export interface FinishedRecord {
  readonly fingerprint: string;
  readonly response: Uint8Array;
}

/** When the store was asked: what it says is as old as that, however late it comes. */
export interface Moment {
  /** ms on this process's clock. */
  readonly at: number;
  /** Ends when something is forgotten. */
  readonly era: number;
}

interface Entry extends FinishedRecord {
  readonly asked: number;
  readonly until: number;
  readonly bytes: number;
}

/** Bytes that an entry takes besides its answer and its names: measured, and rounded up. */
const OVERHEAD = 512;
/** An entry may have this part of all bytes. One that needs more would push out many for one. */
const LARGEST_PART = 8;

/**
 * Finished records in the memory of this process, the least recently used of which go first. They never change, so that what
 * is kept here is right as long as nobody removes the record; who does calls `forget`.
 *
 * It sets no timer: what is over goes when it is looked for, or when something else is kept.
 */
export class ReplayCache {
  /** In the order of their last use. */
  private readonly entries = new Map<string, Entry>();
  private held = 0;
  private era = 0;

  constructor(private readonly bounds: ReplayCacheBounds) {}

  /** Bytes held now, as they are counted. */
  get bytes(): number {
    return this.held;
  }

  /** Entries held now. Some may be over. */
  get size(): number {
    return this.entries.size;
  }

  /** To be taken before the store is asked, and given to `keep` with what it said. */
  moment(): Moment {
    return { at: performance.now(), era: this.era };
  }

  /** Its bytes are the cache's own: whoever gives them away gives a copy. */
  find(id: string): FinishedRecord | undefined {
    const entry = this.entries.get(id);
    if (!entry) return undefined;
    if (entry.until <= performance.now()) {
      this.drop(id, entry);
      return undefined;
    }
    this.entries.delete(id);
    this.entries.set(id, entry);
    return entry;
  }

  /**
   * Keeps what the store said, asked at `since`, for `ttl` from then on, `ms` at most. Not if anything was forgotten
   * meanwhile: it may be about just this.
   */
  keep(id: string, { fingerprint, response }: FinishedRecord, ms: number, since: Moment): void {
    if (since.era !== this.era) return;
    const now = performance.now();
    const until = since.at + Math.min(this.bounds.ttl, ms);
    const bytes = OVERHEAD + id.length + fingerprint.length + response.byteLength;
    if (until <= now || bytes > this.bounds.maxBytes / LARGEST_PART) return;
    const known = this.entries.get(id);
    // Of two answers the store gave the one that was asked for later, if not for both, later.
    if (known && known.asked > since.at) return;
    if (known) this.drop(id, known);
    this.entries.set(id, {
      // Memory of its own: one that is cut out of a reply would keep all of that, and others could write to it.
      fingerprint: Buffer.from(fingerprint, 'latin1').toString('latin1'),
      response: new Uint8Array(response),
      asked: since.at,
      until,
      bytes,
    });
    this.held += bytes;
    this.makeRoom(now);
  }

  /** The record has changed, or may have: neither what is held of it counts, nor what the store was asked before this. */
  forget(id: string): void {
    this.era += 1;
    const entry = this.entries.get(id);
    if (entry) this.drop(id, entry);
  }

  /** The same of all records. */
  forgetAll(): void {
    this.era += 1;
    this.entries.clear();
    this.held = 0;
  }

  /** The least recently used go: those that are over, and as many others as must. */
  private makeRoom(now: number): void {
    for (const [id, entry] of this.entries) {
      if (this.held <= this.bounds.maxBytes && entry.until > now) return;
      this.drop(id, entry);
    }
  }

  private drop(id: string, { bytes }: Entry): void {
    this.entries.delete(id);
    this.held -= bytes;
  }
}
