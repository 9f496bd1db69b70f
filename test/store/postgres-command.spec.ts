import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseUrl, openPlace, type Place } from '../support/postgres-store.js';
import { freePort } from '../support/redis-server.mjs';
import { sqliteFile } from '../support/sqlite-store.js';

const root = join(__dirname, '../..');

const file = join(root, 'bin/nestjs-idempotency.mjs');

/** Runs the built command in this project. */
const command = (...args: string[]) => commandIn(root, ...args);

function commandIn(
  cwd: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH };
  return new Promise((resolve) =>
    execFile(process.execPath, [file, ...args], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
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

  it.each([
    [
      'takes the package postgres where there is no pg',
      ['postgres'],
      { code: 0, stdout: 'The schema is up to date.\n' },
    ],
    [
      'says what to install where there is neither',
      [],
      { code: 1, stderr: expect.stringContaining('npm install pg') as string },
    ],
  ])('%s', async (_what, packages, expected) => {
    const project = mkdtempSync(join(tmpdir(), 'idempotency-project-'));
    mkdirSync(join(project, 'node_modules'));
    for (const name of packages)
      symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
    expect(
      await commandIn(project, 'migrate', '--url', databaseUrl(), '--schema', place.schema),
    ).toMatchObject(expected);
    rmSync(project, { recursive: true });
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
