import { AsyncLocalStorage } from 'node:async_hooks';
import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';
import type { Effect, OnLapse } from '../store/idempotency-store.js';
import { Backoff } from './backoff.js';
import { checkEffectCount, checkEffectName } from './effect-name.js';
import { checkResultBytes, decodeResult, encodeResult } from './effect-result.js';
import type { IncidentEvent } from './events.js';
import type { FaultPoint } from './fault-points.js';

/** What becomes of an effect of which nobody knows whether it happened: it is asked for again under the same key, or not. */
export type EffectRetry = 'same-key' | 'never';

/** What an effect is told. */
export interface EffectRun {
  /** For the downstream service: 43 characters of `[A-Za-z0-9_-]`, the same in every attempt, another for every name. */
  readonly key: string;
  /** Fires when the attempt lost its lease. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt of the record. */
  readonly attempt: number;
}

/** What has the effect. */
export type EffectWork = (run: EffectRun) => unknown;

export type EffectOutcome =
  /** It happened, now or earlier, and this came of it. */
  | { readonly kind: 'done'; readonly value: unknown }
  /** Another attempt has the lease, or this one has ended: nothing was done. */
  | { readonly kind: 'lost' }
  /** It may have happened, and is never to happen twice. */
  | { readonly kind: 'uncertain' }
  /** It could not be marked, so nothing was done. */
  | { readonly kind: 'unmarked'; readonly error: unknown };

/** What effects need of their attempt. */
export interface EffectSurroundings {
  /** What the attempt says of the end of its lease. */
  readonly onLapse: OnLapse;
  readonly record: (effect: Effect, onLapse: OnLapse) => Promise<'recorded' | 'lost'>;
  readonly runOf: (name: string) => EffectRun;
  readonly hasEnded: () => boolean;
  readonly isLost: () => boolean;
  readonly lose: () => void;
  readonly report: (incident: IncidentEvent['incident'], error?: unknown) => void;
  readonly reach: (point: FaultPoint, effect: string) => Promise<void> | undefined;
}

interface Entry {
  readonly name: string;
  /** It may have happened. */
  begun: boolean;
  /** Of an effect that may not be repeated: as long as its result is not stored, the record is uncertain without us. */
  never: boolean;
  result?: Uint8Array;
  /** The store has the result. */
  stored: boolean;
  running?: Promise<EffectOutcome>;
}

/** The effects that the running code is inside of: joining one of them would wait for ever. */
const inside = new AsyncLocalStorage<ReadonlySet<Entry>>();

/** The effects of one attempt, and of those before it: each is marked before it happens, and its result kept. */
export class Effects {
  private readonly entries = new Map<string, Entry>();
  private readonly unsaved = new Set<Entry>();
  private readonly backoff = new Backoff();
  /** One call after the other: what an effect says of the end of the lease must not overtake what another says. */
  private told: Promise<unknown> = Promise.resolve();
  private closed = false;
  private readonly hasInherited: boolean;

  constructor(
    private readonly surroundings: EffectSurroundings,
    inherited: readonly Effect[],
  ) {
    this.hasInherited = inherited.length > 0;
    for (const { name, result } of inherited) {
      const entry = { name, begun: true, never: false, stored: result !== undefined };
      this.entries.set(name, result ? { ...entry, result } : entry);
    }
  }

  /** Whether there is, or may be, an effect. */
  get any(): boolean {
    return this.entries.size > 0;
  }

  /** Whether an attempt may say that nothing happened: it found no effect, and none of its own is known to have happened. */
  get mayBeNothing(): boolean {
    return !this.hasInherited && ![...this.entries.values()].some(({ result }) => result);
  }

  /** What comes if the attempt ends without a word. */
  get onLapse(): OnLapse {
    return this.lapseWith(undefined);
  }

  /**
   * Has the effect, unless it is known to have happened: then gives what came of it. One that runs is joined.
   *
   * @throws what `work` throws; IdempotencyConfigurationError when the name or the result is not to be used
   */
  async run(name: string, retry: EffectRetry, work: EffectWork): Promise<EffectOutcome> {
    checkEffectName(name);
    let entry = this.entries.get(name);
    if (entry?.result) return { kind: 'done', value: decodeResult(entry.result) };
    if (entry && inside.getStore()?.has(entry)) {
      throw new IdempotencyConfigurationError([
        `effect("${name}") is called inside itself: it would wait for ever.`,
      ]);
    }
    if (this.surroundings.hasEnded() || this.surroundings.isLost()) return { kind: 'lost' };
    if (!entry) {
      checkEffectCount(name, this.entries.size);
      entry = { name, begun: false, never: false, stored: false };
      this.entries.set(name, entry);
    }
    return this.join(entry, retry, work);
  }

  private join(entry: Entry, retry: EffectRetry, work: EffectWork): Promise<EffectOutcome> {
    entry.running ??= this.perform(entry, retry, work).finally(() => delete entry.running);
    return entry.running;
  }

  private async perform(entry: Entry, retry: EffectRetry, work: EffectWork): Promise<EffectOutcome> {
    const { surroundings } = this;
    entry.never = retry === 'never';
    try {
      // Also one that was marked before: whoever has lost the lease hears of it before anything is done.
      if ((await this.tell(entry)) === 'lost') return this.lost();
    } catch (error) {
      return { kind: 'unmarked', error };
    }
    if (entry.never && entry.begun) return { kind: 'uncertain' };
    const before = surroundings.reach('before-effect', entry.name);
    if (before) await before;
    entry.begun = true;
    const around = new Set(inside.getStore()).add(entry);
    const value = await inside.run(around, async () => work(surroundings.runOf(entry.name)));
    const after = surroundings.reach('after-effect', entry.name);
    if (after) await after;
    return this.keep(entry, encodeResult(entry.name, value));
  }

  /** It has happened: from now on nothing but a lost lease makes it fail. */
  private async keep(entry: Entry, result: Uint8Array): Promise<EffectOutcome> {
    const sizes = [...this.entries.values()].map((each) => each.result?.byteLength ?? 0);
    checkResultBytes(
      entry.name,
      sizes.reduce((sum, size) => sum + size, result.byteLength),
    );
    entry.result = result;
    try {
      // Also when the attempt has ended meanwhile: the next one finds it, unless it has begun.
      if ((await this.tell(entry)) === 'lost' && !this.surroundings.hasEnded()) return this.lost();
    } catch (error) {
      this.surroundings.report('effect-unsaved', error);
      this.unsaved.add(entry);
      if (this.unsaved.size === 1) void this.insist();
    }
    return { kind: 'done', value: decodeResult(result) };
  }

  /** Waits for what runs, `ms` at most: nobody takes the record over in the middle of an effect. */
  async rest(ms: number): Promise<void> {
    const running = [...this.entries.values()].flatMap((entry) => entry.running ?? []);
    if (running.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const timeIsUp = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
      timer.unref();
    });
    await Promise.race([Promise.allSettled(running), timeIsUp]);
    clearTimeout(timer);
  }

  /** Tries once to save what is not saved yet. Never rejects. */
  async flush(): Promise<void> {
    try {
      for (const entry of this.unsaved) {
        const answer = await this.tell(entry);
        this.unsaved.delete(entry);
        if (answer === 'recorded') this.surroundings.report('effect-saved');
      }
    } catch {
      // Told already; the next try is on its way.
    }
  }

  /** The attempt has ended: nothing is saved any more in the background. */
  close(): void {
    this.closed = true;
    this.backoff.hurry();
  }

  private async insist(): Promise<void> {
    while (this.unsaved.size > 0) {
      await this.backoff.pause();
      if (this.closed) return;
      await this.flush();
    }
    this.backoff.reset();
  }

  private tell(entry: Entry): Promise<'recorded' | 'lost'> {
    const tell = async () => {
      const { name, result } = entry;
      const answer = await this.surroundings.record(
        result ? { name, result } : { name },
        this.lapseWith(entry),
      );
      if (result && answer === 'recorded') entry.stored = true;
      return answer;
    };
    const answer = this.told.then(tell);
    this.told = answer.catch(() => undefined);
    return answer;
  }

  /** What comes at the end of the lease once the store has `told`. */
  private lapseWith(told: Entry | undefined): OnLapse {
    const isOpen = (entry: Entry) => entry.never && !entry.stored && !(entry === told && entry.result);
    return [...this.entries.values()].some(isOpen) ? 'uncertain' : this.surroundings.onLapse;
  }

  private lost(): EffectOutcome {
    this.surroundings.lose();
    return { kind: 'lost' };
  }
}
