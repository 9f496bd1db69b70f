import { Controller, Post, UseInterceptors, type CallHandler } from '@nestjs/common';
import { retry } from 'rxjs';
import { Idempotent, IdempotencyContext, IdempotencyService, MemoryStore } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';
import { Gate, settle } from '../support/fault-gate.js';

let work: (service: IdempotencyService, context: IdempotencyContext) => unknown;

const again = { intercept: (_: unknown, next: CallHandler) => next.handle().pipe(retry(1)) };

@Controller()
class PaymentsController {
  constructor(
    private readonly service: IdempotencyService,
    private readonly context: IdempotencyContext,
  ) {}

  @Post('at-most-once')
  @Idempotent({ guarantee: 'at-most-once' })
  strict() {
    return work(this.service, this.context);
  }

  @Post('at-least-once')
  @Idempotent()
  loose() {
    return work(this.service, this.context);
  }

  @Post('tried-again')
  @Idempotent({ guarantee: 'at-most-once' })
  @UseInterceptors(again)
  triedAgain() {
    return work(this.service, this.context);
  }
}

const MAIL = { operation: 'mail' };
const UNCERTAIN = { status: 409, json: { code: 'IDEMPOTENCY_UNCERTAIN' } };

describe.each(PLATFORMS)('a job inside a handler, on %s', (platform) => {
  let app: TestApp;
  let store: MemoryStore;
  let service: IdempotencyService;
  let charges: number;
  const open = () =>
    createApp(platform, { controllers: [PaymentsController], idempotency: { store, shutdownGrace: 5_000 } });
  const post = (route: string) => send(`${app.url}/${route}`, { key: 'k' });

  beforeEach(async () => {
    store = new MemoryStore();
    app = await open();
    service = app.app.get(IdempotencyService, { strict: false });
    charges = 0;
  });
  afterEach(() => app.close());

  /** Charges, and sends a mail that somebody else is sending just now. */
  const chargeWhileMailRuns = async () => {
    const gate = new Gate();
    const mail = service.run('mail-1', () => gate.pass(), MAIL);
    await gate.reached;
    work = async (jobs) => {
      charges += 1;
      await jobs.run('mail-1', () => undefined, MAIL);
      return { charges };
    };
    return async () => {
      gate.open();
      await mail;
    };
  };

  it('that is in progress elsewhere is not the answer to the request', async () => {
    const end = await chargeWhileMailRuns();
    expect(await post('at-least-once')).toMatchObject({ status: 409, replayed: false });
    await end();
    expect(await post('at-least-once')).toMatchObject({ status: 201, replayed: false });
    expect(await post('at-least-once')).toMatchObject({ status: 201, replayed: true });
  });

  it('[B61] that is in progress elsewhere does not make a handler under at-most-once run again', async () => {
    const end = await chargeWhileMailRuns();
    expect((await post('at-most-once')).status).toBe(409);
    await end();
    expect(await post('at-most-once')).toMatchObject(UNCERTAIN);
    expect(charges).toBe(1);
  });

  it('[B61] that is in progress elsewhere does not make a job under at-most-once run again', async () => {
    const end = await chargeWhileMailRuns();
    const charge = () => {
      charges += 1;
      return service.run('mail-1', () => undefined, MAIL);
    };
    const terms = { operation: 'charge', guarantee: 'at-most-once' } as const;
    await expect(service.run('k', charge, terms)).rejects.toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS' });
    await end();
    await expect(service.run('k', charge, terms)).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNCERTAIN' });
    expect(charges).toBe(1);
  });

  it('[B28] still runs while the application stops: the handler could not end without it', async () => {
    const gate = new Gate();
    work = async (jobs) => {
      await gate.pass();
      return { mail: await jobs.run('mail-1', () => 'sent', MAIL) };
    };
    const answer = post('at-most-once');
    await gate.reached;
    const closed = app.close();
    await settle();
    await expect(service.run('mail-2', () => 'sent', MAIL)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_SHUTTING_DOWN',
    });
    gate.open();
    expect(await answer).toMatchObject({ status: 201, json: { mail: 'sent' } });
    await closed;
  });

  it('does not have the request told that nothing was executed, when it finds the store down', async () => {
    work = (jobs) => {
      charges += 1;
      jest.spyOn(store, 'acquire').mockRejectedValueOnce(new Error('down'));
      return jobs.run('mail-1', () => undefined, MAIL);
    };
    const { status, json } = await post('at-most-once');
    expect({ status, code: json.code }).toEqual({ status: 503, code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
    expect(json.detail).not.toContain('Nothing was executed');
    expect(await post('at-most-once')).toMatchObject(UNCERTAIN);
    expect(charges).toBe(1);
  });

  it('that was resolved with what is not JSON throws an error that does not quote it', async () => {
    const run = () =>
      service.run('k', () => Promise.reject(new Error('smtp')), { ...MAIL, guarantee: 'at-most-once' });
    await run().catch(() => undefined);
    const [record] = (await service.list({ states: ['uncertain'] })).records;
    const response = { body: Buffer.from('secret') };
    await service.resolve(record!.reference, { as: 'completed', response, by: 'bob', why: 'asked' });
    const error = await run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'IDEMPOTENCY_RECORD_UNREADABLE' });
    expect(String(error)).not.toContain('secret');
  });
});

describe.each(PLATFORMS)('a handler under at-most-once, on %s', (platform) => {
  it('[B61] says notApplied() of the run it is said in, not of the next one', async () => {
    const app = await createApp(platform, { controllers: [PaymentsController], idempotency: {} });
    let runs = 0;
    work = (_, context) => {
      runs += 1;
      if (runs === 1) context.notApplied();
      throw new Error('bank');
    };
    expect((await send(`${app.url}/tried-again`, { key: 'k' })).status).toBe(500);
    expect(runs).toBe(2);
    expect(await send(`${app.url}/tried-again`, { key: 'k' })).toMatchObject(UNCERTAIN);
    expect(runs).toBe(2);
    await app.close();
  });

  it('that throws what cannot be asked for its status ends all the same', async () => {
    const app = await createApp(platform, { controllers: [PaymentsController], idempotency: {} });
    work = () => {
      const getStatus = () => {
        throw new Error('no');
      };
      throw Object.assign(new Error('bank'), { getStatus });
    };
    expect((await send(`${app.url}/at-most-once`, { key: 'k' })).status).toBe(500);
    expect(await send(`${app.url}/at-most-once`, { key: 'k' })).toMatchObject(UNCERTAIN);
    await app.close();
  });
});
