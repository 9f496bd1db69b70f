import type { HistoryEvent, Paused, Terms, Trouble } from './history.js';

/** Part of the time, in ms; `what` says which fault it was. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly what: string;
}

/** What share of a lease a fault must last to end it: a renewal may have been due just when it began. */
const SHARE_OF_LEASE = 0.6;

/** The faults of a run as one process saw them. They excuse what the promise allows after them, and nothing else. */
export class Troubles {
  private readonly kills = new Map<string, number[]>();
  private readonly spans = new Map<string, Span[]>();
  /** Since then there have been no faults. */
  readonly calm: number | undefined;

  constructor(
    history: readonly HistoryEvent[],
    private readonly terms: Terms,
  ) {
    const seen = history.filter(
      (event): event is Paused | Trouble =>
        event.kind === 'trouble' || (event.kind === 'paused' && 'until' in event),
    );
    const processes = new Set(history.flatMap((event) => ('process' in event ? [event.process!] : [])));
    for (const process of processes) {
      const own = seen.filter((event) => event.process === undefined || event.process === process);
      this.spans.set(
        process,
        own
          .map(({ at, until, what }) => ({ from: at, to: until, what }))
          .sort((one, other) => one.from - other.from),
      );
      this.kills.set(
        process,
        history.filter((event) => event.kind === 'killed' && event.process === process).map(({ at }) => at),
      );
    }
    this.calm = history.find(({ kind }) => kind === 'calm')?.at;
  }

  /** Whether the process was killed between the two times. */
  killed(process: string, from: number, to: number): boolean {
    return (this.kills.get(process) ?? []).some((at) => at >= from && at <= to);
  }

  /** Faults that touch the time between the two. */
  during(process: string, from: number, to: number): Span[] {
    return (this.spans.get(process) ?? []).filter((span) => span.from <= to && span.to >= from);
  }

  /** Why a lease held between the two times may have ended although its process lives; nothing when it cannot have. */
  lapse(process: string, from: number, to: number): string | undefined {
    const { lease, recovery } = this.terms;
    let joined: { from: number; to: number; what: Set<string> } | undefined;
    for (const span of this.during(process, from - lease - recovery, to)) {
      if (joined && span.from <= joined.to + recovery) {
        joined.to = Math.max(joined.to, span.to);
        joined.what.add(span.what);
      } else {
        joined = { from: span.from, to: span.to, what: new Set([span.what]) };
      }
      const lasted = Math.min(joined.to + recovery, to) - joined.from;
      const touches = joined.to + recovery >= from;
      if (touches && lasted >= lease * SHARE_OF_LEASE) return [...joined.what].join(' and ');
    }
    return undefined;
  }

  /** By when an answer that was ready `at` is in the store, if its process lives: faults put it off. */
  savedBy(process: string, at: number): number {
    const { recovery, storeTimeout } = this.terms;
    let by = at + recovery;
    for (const span of this.spans.get(process) ?? []) {
      // The pauses between tries grow: the last is no longer than the fault was.
      if (span.from <= by && span.to >= at)
        by = Math.max(by, span.to + (span.to - Math.max(span.from, at)) + storeTimeout + recovery);
    }
    return by;
  }
}
