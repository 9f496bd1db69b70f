import { AsyncResource } from 'node:async_hooks';

/** Something that is due in a while, until it is cancelled. Belongs to its queue. */
export interface Ticket {
  due: (() => void) | undefined;
  at: number;
  before: Ticket | undefined;
  after: Ticket | undefined;
}

/** ms by which Node's timers may be early, going by another clock. */
const EARLY = 1;

/**
 * Many that wait equally long, on one timer: who came first is due first. Waiting and changing one's mind, which is what
 * almost all do, costs a place in a list.
 */
export class TimerQueue {
  private first: Ticket | undefined;
  private last: Ticket | undefined;
  private timer: NodeJS.Timeout | undefined;
  // What is due runs in nobody's asynchronous context: the timer belongs to many, and would keep the context of one.
  private readonly outside = new AsyncResource('IdempotencyTimer');

  constructor(
    /** How long each waits. */
    private readonly ms: number,
    /** Whether the process lives on while somebody waits. */
    private readonly keepsAlive: boolean,
  ) {}

  /** Calls `due` once, after `ms`. */
  add(due: () => void): Ticket {
    const { last } = this;
    const ticket: Ticket = { due, at: performance.now() + this.ms, before: last, after: undefined };
    this.last = ticket;
    if (last) last.after = ticket;
    else {
      this.first = ticket;
      this.timer ??= this.arm(this.ms);
    }
    return ticket;
  }

  /** It will not be called any more. Nothing when it was called, or cancelled, before. */
  cancel(ticket: Ticket): void {
    if (!ticket.due) return;
    ticket.due = undefined;
    const { before, after } = ticket;
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.last = before;
    if (this.first) return;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private arm(ms: number): NodeJS.Timeout {
    const timer = this.outside.runInAsyncScope(() => setTimeout(() => this.fire(), ms));
    if (!this.keepsAlive) timer.unref();
    return timer;
  }

  private fire(): void {
    this.timer = undefined;
    const now = performance.now();
    while (this.first && this.first.at <= now + EARLY) {
      const { first } = this;
      const { due } = first;
      this.cancel(first);
      due!();
    }
    if (this.first) this.timer ??= this.arm(Math.max(1, Math.ceil(this.first.at - now)));
  }
}

/** Durations that have a queue to share: routes have few; jobs may have any. */
const SHARED = 64;

/** A queue for each duration. None of them keeps a process alive. */
export class TimerQueues {
  private readonly queues = new Map<number, TimerQueue>();

  of(ms: number): TimerQueue {
    const shared = this.queues.get(ms);
    if (shared) return shared;
    const queue = new TimerQueue(ms, false);
    if (this.queues.size < SHARED) this.queues.set(ms, queue);
    return queue;
  }
}
