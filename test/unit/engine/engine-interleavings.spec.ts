import type { IdempotencyEngine, Ruling } from '../../../lib/engine/engine.js';
import type { Attempt } from '../../../lib/engine/attempt.js';
import { MemoryStore } from '../../../lib/store/memory/memory-store.js';
import { breaksAfter, FaultStore, hangs, losesReply, throws, type Fault } from '../../support/fault-store.js';
import { advance, attemptOf, enquiry, fakeTime, Harness, LEASE, KEPT } from './engine-harness.js';

const FAULTS: Fault[] = [throws(), hangs, losesReply, breaksAfter];
const OPERATIONS = ['acquire', 'extend', 'complete', 'release'] as const;

/** A small generator of numbers below `limit`, the same for a seed. */
const dice = (seed: number) => (limit: number) => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
};

/** A process: its own engine and its own way to the store, which may break. */
interface Process {
  readonly store: FaultStore;
  readonly engine: IdempotencyEngine;
}

/** What clients and processes did in one run, and what must hold whatever they do. */
class World {
  readonly memory = new MemoryStore();
  readonly processes: Process[] = [];
  readonly running: { attempt: Attempt; process: Process; bytes: Uint8Array }[] = [];
  readonly leaving: AbortController[] = [];
  readonly rulings: Promise<unknown>[] = [];
  answer: Uint8Array | undefined;
  answers = 0;
  attempts = 0;

  constructor(private readonly roll: (limit: number) => number) {
    for (let i = 0; i < 3; i++) this.processes.push(this.startProcess());
  }

  private startProcess(): Process {
    const store = new FaultStore(this.memory);
    return { store, engine: new Harness().another(store) };
  }

  step(): Promise<unknown> | void {
    const process = this.processes[this.roll(3)]!;
    switch (this.roll(10)) {
      case 0:
      case 1:
      case 2:
        return this.ask(process);
      case 3:
        return this.finish('complete');
      case 4:
        return this.finish('release');
      case 5:
        return this.leaving.splice(this.roll(this.leaving.length + 1), 1)[0]?.abort();
      case 6:
        return process.store.inject(
          OPERATIONS[this.roll(4)]!,
          FAULTS[this.roll(FAULTS.length)]!,
          1 + this.roll(20),
        );
      case 7:
        return this.crash(process);
      default:
        return advance(this.roll(2 * LEASE));
    }
  }

  /** A client asks; sometimes for something else, sometimes ready to wait. */
  ask(process: Process): void {
    const leaving = new AbortController();
    this.leaving.push(leaving);
    const ruling = process.engine.begin(
      enquiry({
        fingerprint: this.roll(6) === 0 ? 'other' : 'question',
        wait: this.roll(2) * this.roll(3 * LEASE),
        left: () => leaving.signal,
      }),
    );
    this.rulings.push(
      ruling.then(
        (ruled) => this.take(process, ruled),
        (error: unknown) => expect(error).toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' }),
      ),
    );
  }

  private take(process: Process, ruling: Ruling): void {
    if (ruling.kind === 'replay') this.see(ruling.response);
    if (ruling.kind !== 'run') return;
    // Nobody runs what has an answer.
    expect(this.answer).toBeUndefined();
    this.attempts++;
    this.running.push({ attempt: attemptOf(ruling), process, bytes: Uint8Array.of(this.attempts) });
  }

  /** Every answer that anybody sees is the same, for ever. */
  private see(response: Uint8Array): void {
    this.answer ??= response;
    this.answers++;
    expect(response).toEqual(this.answer);
  }

  private finish(how: 'complete' | 'release'): void {
    const [run] = this.running.splice(this.roll(this.running.length + 1), 1);
    if (!run) return;
    if (how === 'release') return void this.rulings.push(run.attempt.release('nothing'));
    const saved = run.attempt.complete(run.bytes, KEPT).then((result) => {
      if (result.state === 'completed') this.see(run.bytes);
      if (result.state === 'lost' && result.record?.state === 'completed') this.see(result.record.response);
    });
    this.rulings.push(saved);
  }

  /** As SIGKILL: from now on nothing of this process reaches the store. */
  private crash(process: Process): void {
    if (this.roll(4) > 0) return;
    for (const operation of OPERATIONS) process.store.inject(operation, hangs, Infinity);
    for (const run of this.running.splice(0).filter((each) => each.process !== process))
      this.running.push(run);
    this.processes[this.processes.indexOf(process)] = this.startProcess();
  }
}

describe('the engine under random clients, faults, crashes and time', () => {
  fakeTime();

  it.each(Array.from({ length: 60 }, (_, seed) => seed + 1))(
    '[B67] gives one answer, for ever, and none to another question, with faults over (seed %d)',
    async (seed) => {
      const world = new World(dice(seed));
      for (let i = 0; i < 60; i++) await world.step();
      for (const { store } of world.processes) store.heal();
      // Whatever still runs ends; whatever waits or saves gets its time.
      for (const { attempt } of world.running.splice(0)) void attempt.release('nothing');
      await advance(10 * LEASE + 60_000);
      await Promise.all(world.rulings);
      for (const { attempt } of world.running.splice(0)) await attempt.release('nothing');
      await advance(LEASE + 1);
      const [{ engine }] = world.processes as [Process];
      const ruling = await engine.begin(enquiry());
      expect(['run', 'replay', 'mismatch']).toContain(ruling.kind);
      if (ruling.kind === 'replay' && world.answer) expect(ruling.response).toEqual(world.answer);
      if (ruling.kind === 'run') expect(world.answer).toBeUndefined();
      for (const process of world.processes) {
        expect(process.engine.recordsAwaited).toBe(0);
        expect(process.engine.attemptsRunning).toBe(
          process.engine === engine && ruling.kind === 'run' ? 1 : 0,
        );
      }
    },
  );
});
