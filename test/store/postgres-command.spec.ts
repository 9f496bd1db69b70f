import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { databaseUrl, openPlace, type Place } from '../support/postgres-store.js';
import { freePort } from '../support/redis-server.mjs';
import { sqliteFile } from '../support/sqlite-store.js';

const root = join(__dirname, '../..');

/** Runs the built command in this project. */
function command(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH };
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['bin/nestjs-idempotency.mjs', ...args],
      { cwd: root, env },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    ),
  );
}

describe('npx nestjs-idempotency migrate', () => {
  let place: Place;
  beforeEach(async () => (place = await openPlace({ migrated: false })));
  afterEach(() => place.close());

  it('makes the table of a store, also when it is there already', async () => {
    for (let i = 0; i < 2; i++) {
      const ran = await command('migrate', '--url', databaseUrl(), '--schema', place.schema);
      expect(ran).toMatchObject({ code: 0, stdout: 'The schema is up to date.\n' });
    }
    const store = place.store();
    await store.start();
    await store.close();
  });

  it('prints what another tool can run', async () => {
    const { stdout } = await command('migrate', '--print', '--schema', place.schema);
    await place.pool.query(stdout);
    const store = place.store();
    await store.start();
    await store.close();
  });

  it('prints the same for SQLite', async () => {
    const { stdout } = await command('migrate', '--print', '--sqlite');
    const file = sqliteFile();
    file.open().exec(stdout);
    await file.store({ migrate: false }).start();
    file.remove();
  });

  it.each([
    ['another command', ['drop'], /Usage:/],
    ['no database', ['migrate'], /Which database/],
    ['an option that there is not', ['migrate', '--force'], /--force/],
    ['a name that is none', ['migrate', '--print', '--table', 'a"b'], /`table` must be/],
  ])('says what is wrong with %s', async (_what, args, message) => {
    expect(await command(...args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(message) as string,
    });
  });

  it('says that a database is not there', async () => {
    const ran = await command('migrate', '--url', `postgres://test@127.0.0.1:${await freePort()}/x`);
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('ECONNREFUSED') as string });
  });
});
