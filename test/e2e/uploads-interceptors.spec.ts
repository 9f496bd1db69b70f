import {
  BadGatewayException,
  Controller,
  Injectable,
  Post,
  Req,
  UploadedFile,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import * as onExpress from '@nestjs/platform-express';
import * as onFastify from '@nestjs/platform-fastify/multipart';
import { Idempotent, MemoryStore, type IdempotencyEvent } from 'nestjs-idempotency';
import { catchError, EMPTY, of, retry, throwError, timeout, type Observable } from 'rxjs';
import { createApp, send, type Platform, type TestApp } from '../support/create-app.js';
import { file, type Loose } from '../support/uploads.js';

type Habit = (values: Observable<unknown>) => Observable<unknown>;

/** What interceptors of applications do with what comes from inside. */
const HABITS: Record<string, Habit> = {
  'answers every error with 502': catchError(() => throwError(() => new BadGatewayException())),
  'answers every error with a success': catchError(() => of({ failed: true })),
  'swallows every error': catchError(() => EMPTY),
  'tries again': retry(2),
  'throws what is no error': catchError(() => throwError(() => null)),
  'has no patience': timeout(5_000),
};

const habitOf = (context: ExecutionContext) =>
  context.switchToHttp().getRequest<Loose>()['headers']['x-habit'] as string | undefined;

/** Around the interceptor that parses the files. */
@Injectable()
class OutsideInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const habit = habitOf(context);
    if (habit === 'short outside') return of({ short: true });
    if (habit === 'empty outside') return EMPTY;
    return HABITS[habit ?? '']?.(next.handle()) ?? next.handle();
  }
}

/** Between it and the handler. */
@Injectable()
class InsideInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return habitOf(context) === 'short inside' ? of({ short: true }) : next.handle();
  }
}

let runs = 0;
function controllerWith({ FileInterceptor }: typeof onExpress): Type {
  @Controller('uploads')
  @UseInterceptors(OutsideInterceptor)
  class UploadsController {
    @Post()
    @Idempotent()
    @UseInterceptors(FileInterceptor('file', { limits: { fileSize: 1_000 } }), InsideInterceptor)
    receive(@UploadedFile() _file: unknown, @Req() _request: unknown) {
      return { run: ++runs };
    }
  }
  return UploadsController;
}

describe.each([
  ['express', controllerWith(onExpress)],
  ['fastify', controllerWith(onFastify as never)],
] as [Platform, Type][])('retries of uploads through interceptors on %s', (platform, controller) => {
  let app: TestApp;
  let keys = 0;
  let key: string;
  let events: string[];

  beforeAll(async () => {
    const onEvent = (event: IdempotencyEvent) =>
      void (event.kind === 'outcome' && events.push(event.outcome));
    const idempotency = { store: new MemoryStore(), onEvent };
    app = await createApp(platform, { controllers: [controller], idempotency });
  });
  beforeEach(() => {
    runs = 0;
    events = [];
    key = `habits-${++keys}`;
  });
  afterAll(() => app.close());

  const upload = (content: string, habit?: string) => {
    const body = new FormData();
    body.append('file', file(content));
    return send(`${app.url}/uploads`, {
      key,
      body,
      ...(habit !== undefined && { headers: { 'x-habit': habit } }),
    });
  };

  describe.each(Object.keys(HABITS))('one that %s', (habit) => {
    it('[B11] [B36] changes neither the replay nor the refusal', async () => {
      const first = await upload('one', habit);
      expect([first.status, first.json]).toEqual([201, { run: 1 }]);
      const same = await upload('one', habit);
      expect([same.status, same.replayed, same.text]).toEqual([201, true, first.text]);
      const other = await upload('two', habit);
      expect([other.status, other.replayed, other.json.code]).toEqual([422, false, 'IDEMPOTENCY_KEY_REUSED']);
      expect(runs).toBe(1);
      expect(events).toEqual(['recorded', 'replayed', 'mismatch']);
    });
  });

  it('[B11] compares the files for one that gives its own answer after they are parsed', async () => {
    const first = await upload('one');
    const same = await upload('one', 'short inside');
    expect([same.status, same.replayed, same.text]).toEqual([201, true, first.text]);
    const other = await upload('two', 'short inside');
    expect([other.status, other.json.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(runs).toBe(1);
  });

  it.each(['short outside', 'empty outside'])(
    '[B11] sends no other success for one that leaves the files unseen (%s)',
    async (habit) => {
      const first = await upload('one');
      const unseen = await upload('one', habit);
      expect([unseen.status, unseen.replayed, unseen.json.code]).toEqual([
        415,
        false,
        'IDEMPOTENCY_BODY_UNREADABLE',
      ]);
      expect(events).toEqual(['recorded', 'refused']);
      const retry = await upload('one');
      expect([retry.status, retry.replayed, retry.text]).toEqual([201, true, first.text]);
      expect(runs).toBe(1);
    },
  );

  it.each(['short outside', 'short inside'])(
    '[B36] replays what an interceptor answered before the handler (%s), whatever comes with the retry',
    async (habit) => {
      const first = await upload('one', habit);
      expect([first.status, first.json]).toEqual([201, { short: true }]);
      for (const next of [habit, undefined]) {
        const retry = await upload('one', next);
        expect([retry.status, retry.replayed, retry.text]).toEqual([201, true, first.text]);
      }
      expect(runs).toBe(0);
    },
  );

  it('[B43] says on a retry, too, that a file is too large', async () => {
    await upload('one');
    expect((await upload('x'.repeat(2_000))).status).toBe(413);
    expect((await upload('one')).replayed).toBe(true);
    expect(runs).toBe(1);
  });
});
