import { fork } from 'node:child_process';
import { once } from 'node:events';
import { buildChild } from '../support/child-build.js';
import { begin, claimOf } from '../support/redis-round-trip.js';
import type { SqliteChildReport, SqliteChildTask } from '../support/sqlite-child.js';
import { sqliteFile, type SqliteFile } from '../support/sqlite-store.js';

/** What a process ran; nothing if it died. */
async function inProcess(task: SqliteChildTask): Promise<SqliteChildReport | undefined> {
  const child = fork(buildChild('test/support/sqlite-child.ts'));
  child.send(task);
  const told = once(child, 'message').then(([ran]) => ran as SqliteChildReport);
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
    if (code !== 0 && signal !== 'SIGKILL') throw new Error(`The child ended with ${String(code)}.`);
  });
  const report = await Promise.race([told, ended]);
  await ended;
  return report ?? undefined;
}

describe('several processes on one file of a SqliteStore', () => {
  let file: SqliteFile;
  beforeEach(() => (file = sqliteFile()));
  afterEach(() => file.remove());

  it('[B52] each new record and each expired lease has one winner, and no fence comes twice', async () => {
    const store = file.store();
    await store.start();
    const lapsed: string[] = [];
    for (let i = 0; i < 30; i++) {
      const { ref } = await begin(store, { fingerprint: 'v1:f' });
      await store.release(ref, 'unknown');
      lapsed.push(ref.id);
    }
    const fresh = Array.from({ length: 30 }, () => claimOf().id);
    const ids = lapsed.flatMap((id, i) => [id, fresh[i]!]);
    const reports = await Promise.all([1, 2, 3].map(() => inProcess({ path: file.path, ids })));
    const ran = reports.flatMap((report) => report!);
    expect(ran.map(([id]) => id).sort()).toEqual([...ids].sort());
    for (const [id, attempt] of ran) expect(attempt).toBe(lapsed.includes(id) ? 2 : 1);
    expect(new Set(ran.map(([, , fence]) => fence)).size).toBe(ids.length);
    for (const id of ids) expect(await store.look(id)).toMatchObject({ state: 'completed' });
  });

  it('[B21] what is recorded is on the disk when a process is killed in the next moment', async () => {
    const ids = Array.from({ length: 5 }, () => claimOf().id);
    expect(await inProcess({ path: file.path, ids, dieAfter: 3 })).toBeUndefined();
    const store = file.store();
    await store.start();
    const states = await Promise.all(ids.map(async (id) => (await store.look(id))?.state));
    expect(states).toEqual(['completed', 'completed', 'completed', undefined, undefined]);
    expect(file.rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });
});
