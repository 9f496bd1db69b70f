import { PLATFORMS, type Answer } from '../support/create-app.js';
import { ExactProcess, shopTables } from '../support/exact-process.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.mjs';
import { openPlace, type Place } from '../support/postgres-store.js';
import { seeded, type Random } from '../support/seeded.js';

// STORM_SECONDS=600 STORM_SEED=7 npm test -- test/faults/exactly-once-storm
const SECONDS = Number(process.env.STORM_SECONDS ?? 6);
const SEED = Number(process.env.STORM_SEED ?? 20_261_129);
const PROCESSES = 2;
const BUYERS = 6;

describe(`exactly-once in a storm of ${SECONDS} s, seed ${SEED}`, () => {
  let server: PostgresServer;
  let place: Place;
  let processes: ExactProcess[] = [];
  const start = () => ExactProcess.start(place, server.url);
  beforeAll(async () => {
    server = await startPostgres();
    place = await openPlace({ connectionString: server.url });
    await place.pool.query(shopTables(place.schema));
    processes = await Promise.all(Array.from({ length: PROCESSES }, start));
  }, 60_000);
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.kill()));
    await place.close();
    await server.stop();
  });

  const answers = new Map<string, string>();
  const happened = new Map<string, number>();
  const count = (what: string) => happened.set(what, (happened.get(what) ?? 0) + 1);

  const ask = (random: Random, key: string): Promise<Answer | undefined> =>
    random
      .one(processes)
      .order(random.one(PLATFORMS), key)
      .catch(() => undefined);

  /** Asks until there is a success; now and then again, for what was answered before. */
  async function buy(random: Random, keys: string[], key: string): Promise<void> {
    for (;;) {
      const answer = await ask(random, key);
      if (answer?.status === 201) {
        const known = answers.get(key);
        if (known !== undefined) expect([key, answer.text]).toEqual([key, known]);
        answers.set(key, answer.text);
        break;
      }
      if (answer) expect([409, 500, 503]).toContain(answer.status);
      // Whoever is refused at once comes back later.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (!keys.includes(key)) keys.push(key);
  }

  /** Each leaves everything in order before the next comes. */
  const troubles: Record<string, (random: Random) => Promise<void>> = {
    kill: async (random) => {
      const index = random.below(PROCESSES);
      await processes[index]!.kill();
      processes[index] = await start();
    },
    terminate: async () => {
      await place.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
         AND pid <> pg_backend_pid() AND random() < 0.5`,
      );
    },
    restart: async () => {
      await server.halt('SIGINT');
      await server.start();
    },
    crash: async () => {
      await server.halt('SIGQUIT');
      await server.start();
    },
  };

  it(
    'leaves an order for every answer, an answer for every order, and both of one transaction',
    async () => {
      const end = Date.now() + SECONDS * 1_000;
      const buyers = Array.from({ length: BUYERS }, async (_, buyer) => {
        const random = seeded(SEED + buyer);
        const keys: string[] = [];
        for (let i = 0; Date.now() < end; i++) {
          await buy(random, keys, random.below(10) === 0 && i > 0 ? random.one(keys) : `${buyer} ${i}`);
        }
      });
      const random = seeded(SEED + BUYERS);
      // Each kind at least once, and then as it comes.
      const kinds = Object.keys(troubles);
      for (let i = 0; i < kinds.length || Date.now() < end; i++) {
        const enough = answers.size + 10 + random.below(30);
        while (answers.size < enough && Date.now() < end)
          await new Promise((resolve) => setTimeout(resolve, 5));
        const kind = kinds[i] ?? random.one(kinds);
        count(kind);
        await troubles[kind]!(random);
      }
      await Promise.all(buyers);

      expect(answers.size).toBeGreaterThan(20);
      expect([...happened.keys()].sort()).toEqual([...kinds].sort());
      const { rows } = await place.pool.query<{ id: string; key: string; pairs: string }>(
        `SELECT o.id, o.key, count(r.id) AS pairs FROM "${place.schema}".orders AS o
         LEFT JOIN "${place.schema}".idempotency_records AS r
         ON r.xmin::text = o.xid::text AND r.phase = 'completed' GROUP BY o.id, o.key`,
      );
      expect(rows).toHaveLength(answers.size);
      expect(new Map(rows.map(({ id, key }) => [key, JSON.stringify({ id })]))).toEqual(answers);
      expect(rows.filter(({ pairs }) => pairs !== '1')).toEqual([]);
      expect(await place.rows(`SELECT id FROM $table WHERE phase = 'open'`)).toEqual([]);
      for (const [key, text] of answers) {
        expect(await ask(random, key)).toMatchObject({ status: 201, text, replayed: true });
      }
    },
    SECONDS * 1_000 + 60_000,
  );
});
