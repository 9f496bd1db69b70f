import { AsyncResource } from 'node:async_hooks';

/** Something that is due in a while, until it is cancelled. Belongs to its queue. */
export interface Ticket {
  due: (() => void) | undefined;
  at: number;
  before: Ticket | undefined;
  after: Ticket | undefined;
}

/**
 * Many that wait equally long, on one timer: who came first is due first. Waiting and changing one's mind, which is what
 * almost all do, costs a place in a list.
 */
export class TimerQueue {
  private first: Ticket | undefined;
  private last: Ticket | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Who the timer is for. Node's timers may be a little early, going by another clock. */
  private until = 0;

  constructor(
    /** How long each waits. */
    private readonly ms: number,
    /** Whether the process lives on while somebody waits. */
    private readonly keepsAlive: boolean,
    /** Where what is due is called: the timer belongs to many, and would keep the asynchronous context of one. */
    private readonly outside = new AsyncResource('IdempotencyTimer'),
  ) {}

  /** Calls `due` once, after `ms`. */
  add(due: () => void): Ticket {
    const { last } = this;
    const ticket: Ticket = { due, at: performance.now() + this.ms, before: last, after: undefined };
    this.last = ticket;
    if (last) last.after = ticket;
    else {
      this.first = ticket;
      this.timer ??= this.arm(this.ms, ticket.at);
    }
    return ticket;
  }

  /** It will not be called any more. Nothing when it was called, or cancelled, before. */
  cancel(ticket: Ticket): void {
    if (!ticket.due) return;
    ticket.due = undefined;
    const { before, after } = ticket;
    // Whoever keeps it must not keep those that came before and after it.
    ticket.before = ticket.after = undefined;
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.last = before;
    if (this.first) return;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private arm(ms: number, until: number): NodeJS.Timeout {
    this.until = until;
    const timer = this.outside.runInAsyncScope(() => setTimeout(() => this.fire(), ms));
    if (!this.keepsAlive) timer.unref();
    return timer;
  }

  private fire(): void {
    this.timer = undefined;
    const now = Math.max(performance.now(), this.until);
    while (this.first && this.first.at <= now) {
      const { first } = this;
      const { due } = first;
      this.cancel(first);
      due!();
    }
    const { first } = this;
    if (first) this.timer ??= this.arm(Math.max(1, Math.ceil(first.at - now)), first.at);
  }
}

/** Durations that have a queue to share: routes have few; jobs may have any. */
const SHARED = 64;

/** A queue for each duration. None of them keeps a process alive. */
export class TimerQueues {
  private readonly queues = new Map<number, TimerQueue>();
  // Made with the application: a queue is made in the middle of a request.
  private readonly outside = new AsyncResource('IdempotencyTimer');

  of(ms: number): TimerQueue {
    const shared = this.queues.get(ms);
    if (shared) return shared;
    const queue = new TimerQueue(ms, false, this.outside);
    if (this.queues.size < SHARED) this.queues.set(ms, queue);
    return queue;
  }
}
