import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { buildChild } from '../support/child-build.js';
import { PLATFORMS, send, type Answer, type Platform } from '../support/create-app.js';
import type { ExactPoint, ExactSettings, FromExact } from '../support/exact-app.js';
import { until } from '../support/fault-gate.js';
import { databaseUrl, openPlace, type Place } from '../support/postgres-store.js';

const POINTS: readonly ExactPoint[] = [
  'after the write',
  'before the save',
  'before the commit',
  'before the reply',
];
const LEASE = 300;

class Process {
  urls!: Record<Platform, string>;
  reached = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message: FromExact) => {
      if (message.kind === 'listens') this.urls = message.urls;
      else this.reached++;
    });
  }

  static async start(schema: string, point?: ExactPoint): Promise<Process> {
    const settings: ExactSettings = { url: databaseUrl(), schema, lease: LEASE, ...(point && { point }) };
    const child = fork(buildChild('test/support/exact-app.ts'), {
      env: { PATH: process.env.PATH, NODE_ENV: 'test', EXACT_SETTINGS: JSON.stringify(settings) },
    });
    const started = new Process(child);
    while (!started.urls) await Promise.race([once(child, 'message'), once(child, 'exit').then(failed)]);
    return started;
  }

  order(platform: Platform, key: string): Promise<Answer> {
    return send(`${this.urls[platform]}/orders`, { key });
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

const failed = () => {
  throw new Error('The process ended before it listened.');
};

describe('a process under exactly-once that is killed', () => {
  let place: Place;
  let survivor: Process;
  beforeAll(async () => {
    place = await openPlace();
    await place.pool.query(`CREATE TABLE "${place.schema}".orders (id bigserial, key text)`);
    survivor = await Process.start(place.schema);
  }, 60_000);
  afterAll(async () => {
    await survivor.kill();
    await place.close();
  });

  const orders = async (key: string) =>
    (await place.pool.query<{ id: string }>(`SELECT id FROM "${place.schema}".orders WHERE key = $1`, [key]))
      .rows;
  const recorded = async () =>
    (await place.rows<{ count: string }>(`SELECT count(*) FROM $table WHERE phase <> 'open'`))[0]!.count;

  /** The answer that a client gets in the end. */
  const insist = async (platform: Platform, key: string): Promise<Answer> => {
    let answer!: Answer;
    await until(async () => (answer = await survivor.order(platform, key)).status !== 409);
    return answer;
  };

  it.each(POINTS)(
    '%s leaves both, or neither; the retry gets the one answer of the one order',
    async (point) => {
      const keys = PLATFORMS.map((platform) => [platform, `${platform} ${point}`] as const);
      const before = Number(await recorded());
      const doomed = await Process.start(place.schema, point);
      const sent = keys.map(([platform, key]) => doomed.order(platform, key).catch(() => 'no answer'));
      await until(() => doomed.reached === keys.length);
      await doomed.kill();
      expect(await Promise.all(sent)).toEqual(keys.map(() => 'no answer'));

      const isDone = point === 'before the reply';
      // The server notices the loss of a client when it next reads.
      for (const [, key] of keys) await until(async () => (await orders(key)).length === (isDone ? 1 : 0));
      expect(Number(await recorded()) - before).toBe(isDone ? keys.length : 0);

      for (const [platform, key] of keys) {
        const answer = await insist(platform, key);
        expect(answer).toMatchObject({ status: 201, replayed: isDone });
        expect(await orders(key)).toEqual([answer.json]);
        expect(await insist(platform, key)).toMatchObject({ text: answer.text, replayed: true });
      }
    },
  );

  it('at any moment leaves an order for every answer, and an answer for every order', async () => {
    const answers = new Map<string, string>();
    let isOver = false;
    let doomed = await Process.start(place.schema);
    const buy = async (platform: Platform, key: string): Promise<void> => {
      while (!answers.has(key)) {
        const shop = Math.random() < 0.7 ? doomed : survivor;
        const answer = await shop.order(platform, key).catch(() => undefined);
        if (answer?.status === 201) answers.set(key, answer.text);
        else if (answer) expect([409, 503]).toContain(answer.status);
        await pause(2);
      }
    };
    const buyers = Array.from({ length: 8 }, async (_, buyer) => {
      for (let i = 0; !isOver; i++) await buy(PLATFORMS[i % 2]!, `storm ${buyer} ${i}`);
    });
    for (let kills = 0; kills < 3; kills++) {
      const enough = answers.size + 20 + Math.random() * 20;
      await until(() => answers.size >= enough);
      await doomed.kill();
      doomed = await Process.start(place.schema);
    }
    isOver = true;
    await Promise.all(buyers);
    await doomed.kill();
    const { rows } = await place.pool.query<{ id: string; key: string }>(
      `SELECT id, key FROM "${place.schema}".orders WHERE key LIKE 'storm %'`,
    );
    expect(new Map(rows.map(({ id, key }) => [key, JSON.stringify({ id })]))).toEqual(answers);
    expect(rows).toHaveLength(answers.size);
    expect(await place.rows(`SELECT id FROM $table WHERE phase = 'open'`)).toEqual([]);
  });
});
