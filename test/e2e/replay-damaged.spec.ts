import { Controller, Post } from '@nestjs/common';
import { Idempotent, MemoryStore } from 'nestjs-idempotency';
import type { Claim, StoreCapabilities } from '../../lib/store/idempotency-store.js';
import { createApp, PLATFORMS, send, type Platform, type TestApp } from '../support/create-app.js';
import { freshKey } from '../support/twins.js';

let runs = 0;

@Controller('orders')
class OrdersController {
  @Post()
  @Idempotent()
  create() {
    return { run: ++runs };
  }
}

/** Gives answers back with one bit of the body changed. */
class DamagedStore extends MemoryStore {
  override readonly capabilities: StoreCapabilities;

  constructor(verifiesResponses?: boolean) {
    super();
    const { verifiesResponses: _own, ...others } = new MemoryStore().capabilities;
    this.capabilities = verifiesResponses === undefined ? others : { ...others, verifiesResponses };
  }

  override async acquire(claim: Claim) {
    const answer = await super.acquire(claim);
    if (answer.state !== 'completed') return answer;
    const response = Buffer.from(answer.response);
    response[response.indexOf('run')]! ^= 1;
    return { ...answer, response };
  }
}

describe.each(PLATFORMS)('an answer that comes back damaged, on %s', (platform: Platform) => {
  let app: TestApp | undefined;
  afterEach(() => app?.close());

  async function retryWith(store: MemoryStore) {
    app = await createApp(platform, { controllers: [OrdersController], idempotency: { store } });
    const key = freshKey();
    expect((await send(`${app.url}/orders`, { key })).status).toBe(201);
    const before = runs;
    const retry = await send(`${app.url}/orders`, { key });
    expect(runs).toBe(before);
    return retry;
  }

  it.each([
    ['says nothing of it', undefined],
    ['says that it does not check them', false],
  ])('[B51] is refused, and nothing runs, where the store %s', async (_, verifiesResponses) => {
    const retry = await retryWith(new DamagedStore(verifiesResponses));
    expect(retry.status).toBe(503);
    expect(retry.json.code).toBe('IDEMPOTENCY_RECORD_UNREADABLE');
  });

  it('is not looked for where the store says that it gives none: it would be checked twice', async () => {
    const retry = await retryWith(new DamagedStore(true));
    expect(retry.status).toBe(201);
    expect(retry.json).toEqual({ sun: runs });
  });
});
