import { Controller, Post, Res } from '@nestjs/common';
import { Idempotent, MemoryStore, type CompleteResult } from 'nestjs-idempotency';
import { encodeResponse } from '../../lib/http/recorded-response.js';
import { createApp, PLATFORMS, type TestApp } from '../support/create-app.js';
import { freshKey } from '../support/twins.js';
import { wire } from '../support/wire.js';

/** A store whose every attempt finds, when it wants to complete, that another one took over. */
class TakenOverStore extends MemoryStore {
  winner: CompleteResult = { state: 'lost' };

  override complete(): Promise<CompleteResult> {
    return Promise.resolve(this.winner);
  }
}

@Controller()
class LosersController {
  @Post('returned')
  @Idempotent()
  returned(@Res({ passthrough: true }) res: any) {
    res.header('X-Loser', 'yes');
    res.header('Set-Cookie', 'sid=loser');
    return { loser: true };
  }

  @Post('own')
  @Idempotent()
  own(@Res() res: any) {
    res.header('X-Loser', 'yes').send({ loser: true });
  }

  @Post('raw')
  @Idempotent()
  raw(@Res() res: any) {
    if (res.hijack) res.hijack();
    const raw = res.raw ?? res;
    raw.setHeader('X-Loser', 'yes');
    raw.setHeader('Content-Type', 'text/plain');
    raw.end('loser');
  }
}

const completed = (kept: boolean): CompleteResult => ({
  state: 'lost',
  record: {
    state: 'completed',
    fingerprint: 'f',
    response: encodeResponse({
      status: 202,
      headers: [
        ['content-type', 'text/x-winner'],
        ['x-winner', ['a', 'b']],
      ],
      body: Buffer.from('winner'),
      kept,
    }),
  },
});

describe.each(PLATFORMS)('an attempt that lost its lease on %s', (platform) => {
  let app: TestApp;
  let store: TakenOverStore;

  beforeAll(async () => {
    store = new TakenOverStore();
    app = await createApp(platform, { controllers: [LosersController], idempotency: { store } });
  });
  afterAll(() => app.close());

  describe.each(['returned', 'own', 'raw'])('by %s', (path) => {
    const ask = () => wire(`${app.url}/${path}`, { key: freshKey() });

    it('[B22] gives its client the winner\u2019s answer, and nothing of its own', async () => {
      store.winner = completed(true);
      const answer = await ask();
      expect(answer).toMatchObject({ status: 202, text: 'winner', replayed: true });
      expect(answer.header('content-type')).toBe('text/x-winner');
      expect(answer.all('x-winner')).toEqual(['a', 'b']);
      expect(answer.header('x-loser')).toBeUndefined();
      expect(answer.header('set-cookie')).toBeUndefined();
    });

    it('[B22] says so where the winner still runs', async () => {
      store.winner = {
        state: 'lost',
        record: { state: 'in-progress', fingerprint: 'f', attempt: 2, leaseRemaining: 1_000 },
      };
      const answer = await ask();
      expect(answer.status).toBe(409);
      expect(answer.json.code).toBe('IDEMPOTENCY_LEASE_LOST');
      expect(answer.header('content-type')).toContain('application/problem+json');
      expect(Number(answer.header('retry-after'))).toBeGreaterThanOrEqual(1);
    });

    it('[B22] says so where the winner\u2019s answer is not kept', async () => {
      store.winner = completed(false);
      const answer = await ask();
      expect(answer.status).toBe(409);
      expect(answer.json.code).toBe('IDEMPOTENCY_RESPONSE_NOT_KEPT');
    });

    it('[B22] gives its own answer, which is still true, where there is no winner', async () => {
      store.winner = { state: 'lost' };
      const answer = await ask();
      expect(answer.status).toBeLessThan(300);
      expect(answer.text).toContain('loser');
    });

    it('[B51] gives its own answer where the winner\u2019s cannot be read', async () => {
      store.winner = {
        state: 'lost',
        record: { state: 'completed', fingerprint: 'f', response: new Uint8Array([9, 9, 9]) },
      };
      const answer = await ask();
      expect(answer.status).toBeLessThan(300);
      expect(answer.text).toContain('loser');
    });
  });
});
