import { AsyncLocalStorage } from 'node:async_hooks';
import { TimerQueue, TimerQueues } from '../../../lib/engine/timer-queue.js';

describe('many that wait equally long', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const heard: string[] = [];
  const says = (word: string) => () => void heard.push(word);
  beforeEach(() => void (heard.length = 0));

  it('are called in their order, each after its time, by one timer', () => {
    const queue = new TimerQueue(100, true);
    queue.add(says('first'));
    jest.advanceTimersByTime(60);
    queue.add(says('second'));
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(40);
    expect(heard).toEqual(['first']);
    jest.advanceTimersByTime(59);
    expect(heard).toEqual(['first']);
    jest.advanceTimersByTime(2);
    expect(heard).toEqual(['first', 'second']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    ['the first', 0],
    ['one in the middle', 1],
    ['the last', 2],
  ])('leave without being called: %s', (_which, index) => {
    const queue = new TimerQueue(100, true);
    const words = ['a', 'b', 'c'];
    const tickets = words.map((word) => queue.add(says(word)));
    queue.cancel(tickets[index]!);
    queue.cancel(tickets[index]!);
    jest.advanceTimersByTime(200);
    expect(heard).toEqual(words.filter((_, at) => at !== index));
  });

  it('leave no timer behind when all have left', () => {
    const queue = new TimerQueue(100, true);
    const tickets = ['a', 'b'].map((word) => queue.add(says(word)));
    for (const ticket of tickets) queue.cancel(ticket);
    expect(jest.getTimerCount()).toBe(0);
    queue.add(says('c'));
    jest.advanceTimersByTime(100);
    expect(heard).toEqual(['c']);
  });

  it('may come and go while others are called', () => {
    const queue = new TimerQueue(100, true);
    const third = { ticket: undefined as ReturnType<TimerQueue['add']> | undefined };
    queue.add(() => {
      queue.cancel(third.ticket!);
      queue.add(says('late'));
    });
    queue.add(says('second'));
    third.ticket = queue.add(says('third'));
    jest.advanceTimersByTime(101);
    expect(heard).toEqual(['second']);
    jest.advanceTimersByTime(101);
    expect(heard).toEqual(['second', 'late']);
    expect(jest.getTimerCount()).toBe(0);
  });
});

it('what is due runs in no asynchronous context of whoever waited', async () => {
  const storage = new AsyncLocalStorage<string>();
  const queue = new TimerQueue(1, true);
  const seen = await storage.run('somebody', () => {
    return new Promise((resolve) => queue.add(() => resolve(storage.getStore())));
  });
  expect(seen).toBeUndefined();
});

it('durations of which there are too many share nothing, and are heard all the same', async () => {
  const queues = new TimerQueues();
  expect(queues.of(5)).toBe(queues.of(5));
  for (let ms = 1_000; ms < 1_100; ms++) queues.of(ms);
  expect(queues.of(1_099)).not.toBe(queues.of(1_099));
  await new Promise<void>((resolve) => {
    const kept = setTimeout(() => undefined, 5_000);
    queues.of(2).add(() => {
      clearTimeout(kept);
      resolve();
    });
  });
});

it('keeps nothing of those who came after one that somebody holds on to', () => {
  const queue = new TimerQueue(1_000, true);
  const kept = queue.add(() => undefined);
  let last = queue.add(() => undefined);
  queue.cancel(kept);
  for (let i = 0; i < 100; i++) {
    const next = queue.add(() => undefined);
    queue.cancel(last);
    last = next;
  }
  queue.cancel(last);
  expect([kept, last].map(({ before, after }) => [before, after])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
});

it('a queue that was made in the context of somebody is in that of nobody', async () => {
  const storage = new AsyncLocalStorage<string>();
  const queues = new TimerQueues();
  const wait = () => {
    const { promise, resolve } = withResolvers<string | undefined>();
    const kept = setTimeout(() => undefined, 5_000);
    queues.of(2).add(() => {
      clearTimeout(kept);
      resolve(storage.getStore());
    });
    return promise;
  };
  expect(await storage.run('alice', wait)).toBeUndefined();
  expect(await storage.run('bob', wait)).toBeUndefined();
});

it('counts on timers alone where nobody moves the clock', () => {
  jest.useFakeTimers({ doNotFake: ['performance'] });
  try {
    let heard = 0;
    new TimerQueue(60_000, true).add(() => heard++);
    jest.advanceTimersByTime(60_000);
    expect(heard).toBe(1);
  } finally {
    jest.useRealTimers();
  }
});

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
