import {
  ClassSerializerInterceptor,
  Controller,
  HttpException,
  Injectable,
  Post,
  Query,
  SerializeOptions,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type INestApplication,
  type ModuleMetadata,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { Exclude, Expose, Transform } from 'class-transformer';
import { catchError, EMPTY, from, map, of, retry as again, tap, throwError, type Observable } from 'rxjs';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, type TestApp } from '../support/create-app.js';
import {
  askTwins,
  contentOf,
  expectOneAnswer,
  freshKey,
  UNPROTECTED,
  type Protect,
} from '../support/twins.js';
import { wire } from '../support/wire.js';

let runs = 0;
const secret = 'secret-password-hash';

class User {
  id = 1;
  @Exclude() password = secret;
  @Expose({ groups: ['admin'] }) role = 'admin-only';
  @Transform(({ value }: { value: Date }) => value.getTime()) since = new Date(5);

  @Expose()
  get label(): string {
    return `user ${this.id}`;
  }
}

@Injectable()
class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

@Injectable()
class SlowEnvelope implements NestInterceptor {
  async intercept(_context: ExecutionContext, next: CallHandler) {
    await new Promise((resolve) => setImmediate(resolve));
    return next.handle().pipe(map((value: unknown) => Promise.resolve({ later: value })));
  }
}

/** Answers without asking the handler. */
@Injectable()
class ShortCircuit implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { query } = context.switchToHttp().getRequest<{ query: Record<string, string> }>();
    if (query.cached === 'value') return of({ cached: true });
    if (query.cached === 'error') return throwError(() => new HttpException('cached error', 404));
    if (query.cached === 'nothing') return EMPTY;
    return next.handle();
  }
}

@Injectable()
class Mapping implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(catchError(() => throwError(() => new HttpException({ mapped: true }, 418))));
  }
}

@Injectable()
class Recovering implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(catchError(() => of({ recovered: true })));
  }
}

@Injectable()
class Retrying implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(again(1));
  }
}

/** Subscribes to the handler a second time. */
@Injectable()
class Doubling implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(tap(() => void next.handle().subscribe()));
  }
}

@Injectable()
class Listing implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((value: unknown) => from([1, value])));
  }
}

function twin(path: string, protect: Protect) {
  const ran = () => {
    if (path === 'kept') runs++;
  };

  @Controller(path)
  class UsersController {
    @Post('user')
    @protect
    user() {
      ran();
      return new User();
    }

    @Post('users')
    @protect
    async users() {
      ran();
      return [new User(), new User()];
    }

    @Post('options')
    @protect
    @SerializeOptions({ groups: ['admin'], excludePrefixes: ['since'] })
    options() {
      ran();
      return new User();
    }

    @Post('type')
    @SerializeOptions({ type: User, strategy: 'exposeAll' })
    @protect
    typed() {
      ran();
      return { id: 7, password: secret, since: new Date(9) };
    }

    @Post('method/serializer')
    @UseInterceptors(ClassSerializerInterceptor)
    @protect
    methodSerializer() {
      ran();
      return new User();
    }

    @Post('method/envelope')
    @protect
    @UseInterceptors(Envelope)
    methodEnvelope() {
      ran();
      return { id: 1 };
    }

    @Post('method/promises')
    @protect
    @UseInterceptors(SlowEnvelope)
    methodPromises() {
      ran();
      return { id: 1 };
    }

    @Post('method/both')
    @UseInterceptors(Envelope, ClassSerializerInterceptor)
    @protect
    methodBoth() {
      ran();
      return new User();
    }

    @Post('method/short')
    @UseInterceptors(Envelope, ShortCircuit)
    @protect
    methodShort(@Query('cached') _cached: string) {
      ran();
      return { id: 1 };
    }

    @Post('method/mapping')
    @UseInterceptors(Mapping)
    @protect
    methodMapping() {
      ran();
      throw new Error('inside');
    }

    @Post('method/recovering')
    @UseInterceptors(Recovering)
    @protect
    methodRecovering() {
      ran();
      throw new Error('inside');
    }

    @Post('method/doubling')
    @UseInterceptors(Doubling)
    @protect
    methodDoubling() {
      ran();
      return { id: 1 };
    }

    @Post('method/listing')
    @UseInterceptors(Listing)
    @protect
    methodListing() {
      ran();
      return { id: 1 };
    }
  }
  return UsersController;
}

interface Binding extends ModuleMetadata {
  readonly name: string;
  readonly setup?: (app: INestApplication) => void;
  readonly ofController?: ClassDecorator;
}

const serializer = (app: INestApplication) => new ClassSerializerInterceptor(app.get(Reflector));

const BINDINGS: Binding[] = [
  { name: 'nothing around' },
  {
    name: 'useGlobalInterceptors(serializer)',
    setup: (app) => void app.useGlobalInterceptors(serializer(app)),
  },
  {
    name: 'useGlobalInterceptors(envelope, serializer)',
    setup: (app) => void app.useGlobalInterceptors(new Envelope(), serializer(app)),
  },
  {
    name: 'APP_INTERCEPTOR',
    providers: [
      { provide: APP_INTERCEPTOR, useClass: Envelope },
      { provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor },
    ],
  },
  {
    name: 'APP_INTERCEPTOR and useGlobalInterceptors',
    setup: (app) => void app.useGlobalInterceptors(new Envelope()),
    providers: [{ provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor }],
  },
  { name: 'the controller', ofController: UseInterceptors(Envelope, ClassSerializerInterceptor) },
];

describe.each(PLATFORMS)('interceptors on %s', (platform) => {
  describe.each(BINDINGS)('bound by $name', ({ name, setup, ofController, ...metadata }) => {
    let app: TestApp;

    beforeAll(async () => {
      const controllers = [twin('kept', Idempotent()), twin('plain', UNPROTECTED)];
      if (ofController) for (const controller of controllers) ofController(controller);
      app = await createApp(platform, { ...metadata, controllers, ...(setup && { setup }) });
    });
    beforeEach(() => {
      runs = 0;
    });
    afterAll(() => app.close());

    it.each([
      'user',
      'users',
      'options',
      'type',
      'method/serializer',
      'method/envelope',
      'method/promises',
      'method/both',
      'method/recovering',
      'method/listing',
      'method/mapping',
    ])('[B36] replays %s as it was answered', async (path) => {
      const answers = await askTwins(app, path);
      if (answers.plain.status >= 500) {
        expect(contentOf(answers.first)).toEqual(contentOf(answers.plain));
        return;
      }
      expectOneAnswer(answers);
      expect(runs).toBe(1);
    });

    it.each(['user', 'users', 'method/serializer', 'method/both'])(
      '[B36] leaks nothing that a serialiser took out of %s',
      async (path) => {
        const { plain, first, retry } = await askTwins(app, path);
        const leaks = name === 'nothing around' && path.startsWith('user');
        for (const answer of [plain, first, retry]) expect(answer.text.includes(secret)).toBe(leaks);
      },
    );

    it('[B36] runs the handler once under an interceptor that subscribes twice', async () => {
      const { first, retry } = await askTwins(app, 'method/doubling');
      expect(first.status).toBe(201);
      expect(contentOf(retry)).toEqual(contentOf(first));
      expect(runs).toBe(1);
    });

    it('[B36] replays what an interceptor answered without the handler', async () => {
      const answers = await askTwins(app, 'method/short?cached=value');
      expectOneAnswer(answers);
      expect(runs).toBe(0);
    });
  });

  it('[B36] does not spend the key on an error that an interceptor threw before the handler', async () => {
    const app = await createApp(platform, { controllers: [twin('kept', Idempotent())] });
    runs = 0;
    const key = freshKey();
    for (let i = 0; i < 2; i++) {
      const refused = await wire(`${app.url}/kept/method/short?cached=error`, { key });
      expect(refused.status).toBe(404);
      expect(refused.replayed).toBe(false);
    }
    await app.close();
  });

  it('[B36] lets an interceptor retry a handler that failed, within one request', async () => {
    let attempts = 0;
    @Controller('flaky')
    class FlakyController {
      @Post()
      @UseInterceptors(Retrying)
      @Idempotent()
      flaky() {
        if (++attempts === 1) throw new Error('once');
        return { attempts };
      }
    }
    const app = await createApp(platform, { controllers: [FlakyController] });
    const key = freshKey();
    const first = await wire(`${app.url}/flaky`, { key });
    const retry = await wire(`${app.url}/flaky`, { key });
    expect(first.json).toEqual({ attempts: 2 });
    expect(retry.replayed).toBe(true);
    expect(retry.json).toEqual({ attempts: 2 });
    await app.close();
  });
});
