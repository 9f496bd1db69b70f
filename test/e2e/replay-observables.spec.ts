import { Controller, HttpException, Post, Query } from '@nestjs/common';
import {
  concat,
  defer,
  delay,
  EMPTY,
  from,
  interval,
  map,
  Observable,
  of,
  Subject,
  take,
  throwError,
  timer,
} from 'rxjs';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, type TestApp } from '../support/create-app.js';
import { askTwins, contentOf, expectOneAnswer, UNPROTECTED, type Protect } from '../support/twins.js';

let runs = 0;
let subscriptions = 0;

const RESULTS: Record<string, () => unknown> = {
  'one emission': () => of({ id: 1 }),
  'several emissions': () => of({ id: 1 }, { id: 2 }, { id: 3 }),
  'several over time': () => interval(2).pipe(take(3)),
  'one, later': () => timer(5).pipe(map(() => 'later')),
  'an emission of undefined': () => of(undefined),
  'an emission of null': () => of(null),
  'a promise of an Observable': () => Promise.resolve(of({ id: 1 }, { id: 2 })),
  'an Observable of a promise': () => of(Promise.resolve({ id: 1 })),
  'a deferred promise': () => defer(() => Promise.resolve([1, 2])),
  'an Observable that counts': () =>
    new Observable((subscriber) => {
      subscriptions++;
      subscriber.next({ id: 1 });
      subscriber.complete();
    }),
  'a Subject that completes': () => {
    const subject = new Subject();
    setImmediate(() => {
      subject.next('a');
      subject.complete();
    });
    return subject;
  },
  'a thenable': () => ({ then: (resolve: (value: unknown) => void) => resolve({ id: 1 }) }),
  'no emission': () => EMPTY,
  'no emission, later': () => timer(5).pipe(take(0), delay(1)),
  'an error': () => throwError(() => new HttpException('not today', 422)),
  'an error after an emission': () =>
    concat(
      of({ id: 1 }),
      throwError(() => new HttpException('not today', 404)),
    ),
  'an unknown error after an emission': () =>
    concat(
      of({ id: 1 }),
      throwError(() => new Error('unknown')),
    ),
  'a rejection': () => Promise.reject(new HttpException({ no: true }, 409)),
  'a rejection with nothing': () => Promise.reject(),
  'a rejection with null': () => Promise.reject(null),
  'a rejection with a string': () => Promise.reject('just a string'),
  'a throw': () => {
    throw new HttpException({ no: true }, 400);
  },
  'a throw of null': () => {
    throw null;
  },
  'a throw of undefined': () => {
    throw undefined;
  },
  'a throw of a string': () => {
    throw 'just a string';
  },
  'a throw of an object': () => {
    throw { statusCode: 404, message: 'looks like an HTTP error' };
  },
  'an emission of nothing but errors': () => from([Promise.reject(new HttpException('in the list', 404))]),
};

function twin(path: string, protect: Protect) {
  @Controller(path)
  class ObservablesController {
    @Post('direct')
    @protect
    result(@Query('name') name: string): unknown {
      if (path === 'kept') runs++;
      return RESULTS[name]!();
    }

    @Post('promised')
    @protect
    async promised(@Query('name') name: string): Promise<unknown> {
      if (path === 'kept') runs++;
      await new Promise((resolve) => setImmediate(resolve));
      return RESULTS[name]!();
    }
  }
  return ObservablesController;
}

describe.each(PLATFORMS)('Observables and errors on %s', (platform) => {
  let app: TestApp;
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => rejections.push(reason);

  beforeAll(async () => {
    process.on('unhandledRejection', onRejection);
    app = await createApp(platform, {
      controllers: [twin('kept', Idempotent()), twin('plain', UNPROTECTED)],
    });
  });
  beforeEach(() => {
    runs = 0;
    subscriptions = 0;
  });
  afterAll(async () => {
    await app.close();
    process.off('unhandledRejection', onRejection);
    expect(rejections).toEqual([]);
  });

  it.each(
    Object.keys(RESULTS).flatMap((name) => [
      [name, 'direct'],
      [name, 'promised'],
    ]),
  )('[B37] answers %s (%s) as without the library, once', async (name, path) => {
    const answers = await askTwins(app, `${path}?name=${encodeURIComponent(name!)}`);
    if (answers.plain.status >= 500) {
      expect(contentOf(answers.first)).toEqual(contentOf(answers.plain));
      expect(contentOf(answers.retry)).toEqual(contentOf(answers.plain));
      expect(answers.retry.replayed).toBe(false);
      expect(runs).toBe(2);
    } else {
      expectOneAnswer(answers);
      expect(runs).toBe(1);
    }
  });

  it('[B37] subscribes to the handler\u2019s Observable once', async () => {
    const { first } = await askTwins(app, `direct?name=${encodeURIComponent('an Observable that counts')}`);
    expect(first.json).toEqual({ id: 1 });
    // The twin's, and the first attempt's.
    expect(subscriptions).toBe(2);
  });
});
