import { EventSink } from '../../../lib/engine/event-sink.js';
import type { IdempotencyEvent } from '../../../lib/engine/events.js';
import { settle } from '../../support/fault-gate.js';

const event: IdempotencyEvent = {
  kind: 'outcome',
  outcome: 'replayed',
  operation: 'Orders.create',
  recordId: 'id',
};

describe('the event sink', () => {
  it('hands events on', () => {
    const heard: IdempotencyEvent[] = [];
    new EventSink((told) => heard.push(told), fail).emit(event);
    expect(heard).toEqual([event]);
  });

  it('does without a listener', () => {
    expect(() => new EventSink(undefined, fail).emit(event)).not.toThrow();
  });

  it.each([
    ['throws', () => raise()],
    ['rejects', async () => raise()],
    ['rejects with a promise of its own kind', () => thenable((_, reject) => reject(new Error('listener')))],
    [
      'rejects with a function for a promise',
      () =>
        Object.assign(
          () => 0,
          thenable(() => raise()),
        ),
    ],
    ['throws as its promise is awaited', () => thenable(() => raise())],
    [
      'throws as it is asked for a promise',
      () => ({
        get then(): never {
          return raise();
        },
      }),
    ],
  ])('[B64] keeps to itself what a listener %s', async (_, listener) => {
    const errors: unknown[] = [];
    new EventSink(listener, (error) => errors.push(error)).emit(event);
    await settle();
    expect(errors).toEqual([new Error('listener')]);
  });
});

/** What some libraries return for a promise. */
function thenable(then: (resolve: () => void, reject: (error: unknown) => void) => void): object {
  return { then };
}

function raise(): never {
  throw new Error('listener');
}

function fail(error: unknown): void {
  throw error;
}
