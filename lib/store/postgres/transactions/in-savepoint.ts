import type { PostgresClient } from '../postgres-client.js';

/** Runs `work` as a part of the open transaction that is rolled back alone when it fails. `number`: one that it has not had. */
export async function inSavepoint<T>(
  client: PostgresClient,
  number: number,
  work: () => Promise<T>,
): Promise<T> {
  const savepoint = `nested_${number}`;
  await client.query(`SAVEPOINT ${savepoint}`);
  try {
    const result = await work();
    await client.query(`RELEASE SAVEPOINT ${savepoint}`);
    return result;
  } catch (error) {
    await client.query(`ROLLBACK TO SAVEPOINT ${savepoint}`);
    throw error;
  }
}
