// A process that runs whatever records of a file it gets the lease of. Tells which, or kills itself before it can.
import Database from 'libsql';
import { SqliteStore } from '../../lib/store/sqlite/index.js';

export interface SqliteChildTask {
  readonly path: string;
  readonly ids: readonly string[];
  /** Kills itself after so many completions. */
  readonly dieAfter?: number;
}

/** `[id, attempt, fence]` of what it ran. */
export type SqliteChildReport = [string, number, number][];

async function run({ path, ids, dieAfter = Infinity }: SqliteChildTask): Promise<SqliteChildReport> {
  const store = new SqliteStore({ database: new Database(path), purgeInterval: false, patience: 10_000 });
  await store.start();
  const ran: SqliteChildReport = [];
  for (const id of ids) {
    const answer = await store.acquire({
      ...{ id, fingerprint: 'v1:f', lease: 600_000, keep: 600_000, onLapse: 'rerun' },
      ...{ token: `of-${process.pid}`, scope: 's', operation: 'child' },
    });
    if (answer.state !== 'acquired') continue;
    ran.push([id, answer.attempt, answer.fence]);
    const ref = { id, fence: answer.fence };
    await store.complete(ref, Buffer.from(`by ${process.pid}`), { response: 600_000, tombstone: 0 });
    if (ran.length >= dieAfter) process.kill(process.pid, 'SIGKILL');
  }
  return ran;
}

process.once('message', (task: SqliteChildTask) => {
  void run(task).then((ran) => process.send!(ran, () => process.disconnect()));
});
