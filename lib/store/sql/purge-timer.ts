/** ms between two rounds of purging, unless set otherwise. */
export const PURGE_INTERVAL = 600_000;
/** Rows removed by one statement, unless set otherwise. */
export const PURGE_BATCH = 1_000;
/** Node's timers take no more. */
const LONGEST = 2 ** 31 - 1;

/** What is wrong with the option, a sentence if anything. */
export function checkPurgeInterval(store: string, interval: unknown): string[] {
  if (interval === undefined || interval === false) return [];
  if (Number.isInteger(interval) && Number(interval) >= 1 && Number(interval) <= LONGEST) return [];
  return [`${store}: \`purgeInterval\` must be whole ms from 1 to ${LONGEST}, or false.`];
}

/**
 * The rows that a round of one statement after the other has removed. Rounds end when a statement finds less than it may.
 *
 * @throws RangeError when `batch` is no count
 */
export async function inBatches(
  batch: number,
  statement: (batch: number) => number | Promise<number>,
): Promise<number> {
  if (!Number.isInteger(batch) || batch < 1)
    throw new RangeError('batch must be a whole number of at least 1.');
  let sum = 0;
  for (let count = batch; count >= batch; sum += count) count = await statement(batch);
  return sum;
}

/** Purges now and then, and keeps no process from ending. One round at a time; a failed one is made up for by the next. */
export class PurgeTimer {
  #timer?: NodeJS.Timeout;
  #round: Promise<unknown> | undefined;

  constructor(private readonly purge: () => Promise<unknown>) {}

  start(interval: number | false): void {
    if (interval === false || this.#timer) return;
    this.#timer = setInterval(() => this.#run(), interval);
    this.#timer.unref();
  }

  /** Resolves when no round is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#round;
  }

  #run(): void {
    this.#round ??= this.purge()
      .catch(() => undefined)
      .finally(() => (this.#round = undefined));
  }
}
