/** How much of the recorded answers a process keeps in its memory, and how long. */
export interface ReplayCacheOptions {
  /**
   * Bytes in all, counted with what an answer needs there besides itself; one that would take more than an eighth of them is
   * not kept. 65_536 to 4_294_967_296. @default 16_777_216 (16 MiB)
   */
  readonly maxBytes?: number;
  /** ms that an answer is kept, from when the store was asked. 1 to 3_600_000. @default 5_000 */
  readonly ttl?: number;
}

/** What stands where nothing was set, and what `replayCache: true` means. */
export const DEFAULT_REPLAY_CACHE = Object.freeze({ maxBytes: 16_777_216, ttl: 5_000 } as const);

/** Smallest and largest of each. An eighth of the smallest holds any answer of a few kilobytes. */
export const REPLAY_CACHE_RANGES = {
  maxBytes: [65_536, 4_294_967_296],
  ttl: [1, 3_600_000],
} as const;
