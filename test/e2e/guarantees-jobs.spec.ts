import {
  ConflictException,
  Injectable,
  ServiceUnavailableException,
  type INestApplicationContext,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  IdempotencyContext,
  IdempotencyModule,
  IdempotencyService,
  MemoryStore,
  type IdempotencyModuleOptions,
} from 'nestjs-idempotency';
import { FaultyStore } from 'nestjs-idempotency/testing';

@Injectable()
class Mailer {
  constructor(readonly context: IdempotencyContext) {}
}

const MAIL = { operation: 'mail', guarantee: 'at-most-once' } as const;

describe('[B61] a job under at-most-once', () => {
  let close: () => Promise<void>;
  let service: IdempotencyService;
  let context: IdempotencyContext;
  let runs: number;

  const open = async (options: IdempotencyModuleOptions = {}) => {
    const module = IdempotencyModule.forRoot({ store: new MemoryStore(), ...options });
    class WorkerModule {}
    const worker = await NestFactory.createApplicationContext(
      { module: WorkerModule, imports: [module], providers: [Mailer] },
      { logger: false },
    );
    close = () => worker.close();
    service = worker.get(IdempotencyService);
    ({ context } = worker.get(Mailer));
    runs = 0;
  };
  /** Fails the first time. */
  const job = (fail: () => unknown) =>
    service.run('k', () => (++runs === 1 ? fail() : { run: runs }), MAIL).catch((error: unknown) => error);
  const raise = (error: unknown) => () => {
    throw error;
  };
  afterEach(() => close());

  it.each([
    ['an unknown error', raise(new Error('smtp'))],
    ['a rejection', () => Promise.reject(new Error('smtp'))],
    ['null', raise(null)],
    ['an HttpException of 503', raise(new ServiceUnavailableException())],
  ])('that ends with %s is not run again', async (_, fail) => {
    await open();
    await job(fail);
    for (let retries = 0; retries < 2; retries++) {
      expect(await job(fail)).toMatchObject({ code: 'IDEMPOTENCY_UNCERTAIN' });
    }
    expect(runs).toBe(1);
  });

  it('tells in its error which record it is', async () => {
    await open();
    let reference: string | undefined;
    await job(() => {
      ({ reference } = context);
      throw new Error('smtp');
    });
    const error = (await job(() => undefined)) as { getResponse(): object };
    expect(error.getResponse()).toMatchObject({ code: 'IDEMPOTENCY_UNCERTAIN', reference });
    expect(await service.look(reference!)).toMatchObject({ state: 'uncertain', operation: 'mail' });
  });

  it.each<[string, () => unknown]>([
    ['throws a 4xx', raise(new ConflictException())],
    [
      'says notApplied()',
      () => {
        context.notApplied();
        throw new Error('no connection');
      },
    ],
  ])('that %s is run again', async (_, fail) => {
    await open();
    await job(fail);
    expect(await job(fail)).toEqual({ run: 2 });
  });

  it('is one by the option of the module, too, and not by its own', async () => {
    await open({ guarantee: 'at-most-once' });
    const fails = () => service.run('k', raise(new Error('smtp')), { operation: 'mail' });
    await expect(fails()).rejects.toThrow('smtp');
    await expect(fails()).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNCERTAIN' });
    const lax = { operation: 'digest', guarantee: 'at-least-once' } as const;
    await expect(service.run('k', raise(new Error('smtp')), lax)).rejects.toThrow('smtp');
    expect(await service.run('k', () => 'sent', lax)).toBe('sent');
  });

  it("does not run without its store, whatever the module's onStoreError says to routes", async () => {
    const store = new FaultyStore(new MemoryStore());
    await open({ store, onStoreError: 'proceed' });
    store.fail('acquire');
    expect(await job(() => 1)).toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
    expect(runs).toBe(0);
    expect(await job(() => 1)).toBe(1);
  });
});

describe('records of an old secret', () => {
  const OLD = 'old secret, old secret';
  const NEW = 'new secret, new secret';

  it('are found and erased as long as it is known', async () => {
    const store = new MemoryStore();
    const workers: INestApplicationContext[] = [];
    const worker = async (secret: string | string[]) => {
      const module = IdempotencyModule.forRoot({ store, secret });
      const created = await NestFactory.createApplicationContext(module, { logger: false });
      workers.push(created);
      return created.get(IdempotencyService);
    };
    const before = await worker(OLD);
    await before.run('k', () => 1, { operation: 'mail', scope: 'alice' });

    const forgetful = await worker(NEW);
    expect(await forgetful.erase({ custom: 'alice' })).toEqual({ erased: 0, running: 0 });
    // Found by its key all the same: the secret is no part of the identity.
    expect(await forgetful.find('k', { custom: 'alice' })).toHaveLength(1);

    const after = await worker([NEW, OLD]);
    expect((await after.list({ scope: { custom: 'alice' } })).records).toHaveLength(1);
    expect(await after.erase({ custom: 'alice' })).toEqual({ erased: 1, running: 0 });
    await Promise.all(workers.map((one) => one.close()));
  });
});
