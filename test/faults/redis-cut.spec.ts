import { expectRefused, expectReplay, expectRun, families, RedisDesk } from '../support/redis-desk.js';
import { startRedis, type RedisServer } from '../support/redis-server.mjs';
import { TcpProxy } from '../support/tcp-proxy.js';

/** The fence of a first attempt. */
const isFence = (reply: Buffer) => /\$16\r\n\d{16}\r\n/.test(reply.toString('latin1'));

describe.each(families)('a connection to Redis that is reset, with $name', (kind) => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let desk: RedisDesk;
  beforeAll(async () => {
    server = await startRedis();
    proxy = await TcpProxy.start(server.port);
    desk = await RedisDesk.open(kind.server(proxy.port));
    // From now on the server knows the scripts that are cut.
    await desk.send('warm');
  });
  afterEach(() => proxy.heal());
  afterAll(async () => {
    await desk.close();
    await proxy.close();
    await server.stop();
  });

  it.each([0, 9])(
    '[B25] %d bytes into the reply to an acquire: the key is not stuck for the lease, and runs once',
    async (after) => {
      const key = `acquire ${after}`;
      const cut = proxy.cutReply({ after, match: isFence });
      const [first] = await Promise.all([desk.send(key), cut]);
      // Some clients send the command again by themselves; then nobody sees anything of it.
      if (first.status === 201) expectRun(first, key, 1);
      else expectRefused(first);
      const retry = await desk.retry(key);
      if (first.status === 201) expectReplay(retry, first);
      else expectRun(retry, key, 1);
      expect(desk.runs(key)).toBe(1);
    },
  );

  it.each([0, 9])(
    '[B24] %d bytes into the reply to a save: a success stays one, and is replayed',
    async (after) => {
      const key = `save ${after}`;
      const held = await desk.begin(key);
      const cut = proxy.cutReply({ after });
      held.finish();
      const [first] = await Promise.all([held.answer, cut]);
      expectRun(first, key, 1);
      expectReplay(await desk.retry(key), first);
      expect(desk.runs(key)).toBe(1);
    },
  );

  it.each([0, 50])(
    '[B48] %d bytes into a recorded answer: the whole answer or none, and no execution',
    async (after) => {
      const key = `replay ${after}`;
      const first = await desk.send(key);
      const cut = proxy.cutReply({ after });
      const [retry] = await Promise.all([desk.send(key), cut]);
      if (retry.status === 201) expectReplay(retry, first);
      else expectRefused(retry);
      expectReplay(await desk.retry(key), first);
      expect(desk.runs(key)).toBe(1);
    },
  );

  it('[B48] again and again while ten requests come: each runs once, whatever it takes', async () => {
    const keys = Array.from({ length: 10 }, (_, i) => `many ${i}`);
    const answered = Promise.all(keys.map((key) => desk.retry(key)));
    for (let i = 0; i < 4; i++) await Promise.race([proxy.cutReply({ after: i }), answered]);
    await answered;
    proxy.heal();
    for (const key of keys) {
      expect(desk.runs(key)).toBe(1);
      const replay = await desk.retry(key);
      expect([replay.status, replay.replayed, replay.json]).toEqual([201, true, { key, run: 1 }]);
    }
  });
});
