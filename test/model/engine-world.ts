import type { Scheduler } from 'fast-check';
import { IdempotencyEngine, type EngineOptions, type Enquiry, type Ruling } from '../../lib/engine/engine.js';
import type { Attempt } from '../../lib/engine/attempt.js';
import { EventSink } from '../../lib/engine/event-sink.js';
import { MemoryStore } from '../../lib/store/memory/memory-store.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { enquiry, LEASE, TIMEOUT } from '../unit/engine/engine-harness.js';
import type { Guarantee } from './guarantee.js';
import type { HistoryEvent } from './history.js';
import { ScheduledStore } from './scheduled-store.js';

const DAY = 86_400_000;
/** ms; as the engine's. */
const LONGEST_BACKOFF = 5_000;
/** ms; shorter than the store's timeout. */
const STEP = 500;
const KEY = { scope: 'alice', key: 'k' };

/** A process: its own engine, and its own way to the store. */
export interface WorldProcess {
  readonly name: string;
  readonly store: ScheduledStore;
  readonly engine: IdempotencyEngine;
}

interface Run {
  readonly attempt: Attempt;
  readonly process: WorldProcess;
  readonly request: string;
}

/** An event without what the world adds to each. */
type Told<Event = HistoryEvent> = Event extends HistoryEvent ? Omit<Event, 'at' | 'scope' | 'key'> : never;

/** Some processes with the real engine on one real store, and the history of what happens to them. */
export class EngineWorld {
  readonly history: HistoryEvent[] = [];
  readonly processes: WorldProcess[] = [];
  readonly runs: Run[] = [];
  private readonly clock = new FakeClock();
  private readonly memory = new MemoryStore({ clock: this.clock.now });
  private names = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly guarantee: Guarantee,
    processes: number,
    private readonly replayCache?: EngineOptions['replayCache'],
  ) {
    for (let i = 0; i < processes; i++) this.processes.push(this.start());
  }

  private start(): WorldProcess {
    const name = `process ${++this.names}`;
    const store = new ScheduledStore(this.memory, this.scheduler, (what) =>
      this.tell({ kind: 'store', process: name, what }),
    );
    const engine = new IdempotencyEngine(
      store,
      { storeTimeout: TIMEOUT, maxWaiters: 10, maxWaitersPerKey: 10, replayCache: this.replayCache },
      new EventSink(undefined, () => undefined),
    );
    return { name, store, engine };
  }

  private tell(event: Told): void {
    this.history.push({ at: this.history.length, ...KEY, ...event } as HistoryEvent);
  }

  ask(process: WorldProcess): void {
    const request = `request ${++this.names}`;
    this.tell({ kind: 'requested', process: process.name, request });
    const { onLapse } = this.guarantee;
    const asked: Enquiry = enquiry({ lease: LEASE, onLapse });
    process.engine.begin(asked).then(
      (ruling) => !process.store.isDead && this.follow(process, request, ruling),
      () => this.answer(process, request, 503, 'IDEMPOTENCY_STORE_UNAVAILABLE'),
    );
  }

  private follow(process: WorldProcess, request: string, ruling: Ruling): void {
    switch (ruling.kind) {
      case 'run':
        this.runs.push({ attempt: ruling.attempt, process, request });
        return this.tell({ kind: 'entered', process: process.name, request, attempt: ruling.attempt.number });
      case 'replay':
        return this.answer(process, request, 200, undefined, ruling.response);
      case 'uncertain':
        return this.answer(process, request, 409, 'IDEMPOTENCY_UNCERTAIN');
      case 'expired':
        return this.answer(process, request, 409, 'IDEMPOTENCY_KEY_EXPIRED');
      default:
        return this.answer(process, request, 409, ruling.kind);
    }
  }

  private answer(process: WorldProcess, request: string, status: number, code?: string, bytes?: Uint8Array) {
    if (process.store.isDead) return;
    const digest = Buffer.from(bytes ?? []).toString('latin1');
    this.tell({
      kind: 'answered',
      process: 'client',
      request,
      status,
      digest,
      ...(code !== undefined && { code }),
    });
  }

  /** A handler ends: after its effect, or before. */
  end(run: Run, how: 'answered' | 'failed' | 'refused'): void {
    this.runs.splice(this.runs.indexOf(run), 1);
    const { attempt, process, request } = run;
    const what = { process: process.name, request, attempt: attempt.number };
    if (how !== 'refused') this.tell({ kind: 'executed', ...what });
    this.tell({ kind: 'left', ...what, how });
    if (how === 'answered') return void this.save(run);
    const happened = how === 'failed' ? this.guarantee.afterFailure : 'nothing';
    void attempt.release(happened).then(() => this.answer(process, request, 500, 'failed'));
  }

  /** As the interceptor answers. */
  private async save({ attempt, process, request }: Run): Promise<void> {
    const bytes = Buffer.from(request, 'latin1');
    const result = await attempt.complete(bytes, { response: DAY, tombstone: DAY });
    const winner = result.state === 'lost' ? result.record : undefined;
    if (!winner) this.answer(process, request, 200, undefined, bytes);
    else if (winner.state === 'completed') this.answer(process, request, 200, undefined, winner.response);
    else this.answer(process, request, 409, 'IDEMPOTENCY_LEASE_LOST');
  }

  /** As SIGKILL: from now on nothing of this process reaches the store. */
  kill(process: WorldProcess): void {
    process.store.isDead = true;
    this.tell({ kind: 'killed', process: process.name });
    for (const run of this.runs.filter((each) => each.process === process))
      this.runs.splice(this.runs.indexOf(run), 1);
    this.processes[this.processes.indexOf(process)] = this.start();
  }

  /** Time passes for all. What is still on its way takes that long. */
  async pass(ms: number): Promise<void> {
    if (this.scheduler.count() > 0) this.tell({ kind: 'store', process: 'network', what: 'down' });
    this.clock.advance(ms);
    await jest.advanceTimersByTimeAsync(ms);
    if (this.scheduler.count() > 0) this.tell({ kind: 'store', process: 'network', what: 'down' });
    this.tell({ kind: 'store', process: 'network', what: 'up' });
  }

  /** Time passes for the store; all processes stand still, as they do with their machine. */
  freeze(ms: number): void {
    this.clock.advance(ms);
    for (const { name } of this.processes) this.tell({ kind: 'paused', process: name });
  }

  /** A careful person, or one who is not. Whatever runs may come back. */
  async resolve(as: 'completed' | 'not-applied'): Promise<void> {
    const details = await this.memory.look(enquiry().id);
    if (details?.state !== 'uncertain') return;
    const ref = { id: details.id, fence: details.fence! };
    const retention = { response: DAY, tombstone: DAY };
    await this.memory.resolve(
      ref,
      as === 'completed'
        ? { as, response: Buffer.from('resolved', 'latin1'), retention, note: 'n' }
        : { as, keep: DAY, note: 'n' },
    );
    this.tell({ kind: 'resolved', process: 'operator', as });
  }

  /** Faults are over: whatever runs ends, and whatever waits for its next try gets it. */
  async settle(): Promise<void> {
    for (const { store } of this.processes) store.heal();
    await this.deliver();
    for (let passed = 0; passed < LONGEST_BACKOFF + LEASE; passed += STEP) {
      for (const run of [...this.runs]) this.end(run, 'answered');
      await this.pass(STEP);
      await this.deliver();
    }
  }

  private async deliver(): Promise<void> {
    for (;;) {
      // What an answer leads to is on its way only when all promises have run.
      await new Promise(setImmediate);
      if (this.scheduler.count() === 0) return;
      await this.scheduler.waitOne();
    }
  }

  /** Nobody is away, and nothing is on its way: asks, runs and says what the store says in the end. */
  async askOnceMore(): Promise<string> {
    this.ask(this.processes[0]!);
    await this.deliver();
    for (const run of [...this.runs]) this.end(run, 'answered');
    await this.deliver();
    return (await this.memory.look(enquiry().id))?.state ?? 'absent';
  }
}
