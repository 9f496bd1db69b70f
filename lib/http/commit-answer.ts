import type { Attempt } from '../engine/attempt.js';
import type { LeaseRef, Retention } from '../store/idempotency-store.js';
import type { AttemptTransaction } from './attempt-transaction.js';
import type { ExactlyOnce } from './exactly-once.js';
import type { ExchangeSettings } from './exchange-settings.js';

/**
 * What became of an answer and of what its handler did: both, or neither. `lost`: another attempt took over. `released`:
 * rolled back, and the key is free. `unknown`: the database has not said, and what the next attempt finds is true. `none`:
 * the handler did nothing in a transaction that is known here.
 */
export type Committed = 'committed' | 'lost' | 'rolled-back' | 'released' | 'unknown' | 'none';

/** Completes the record in the transaction, and has that committed. Ends the attempt, except for `lost`, `rolled-back` and `none`. */
export async function commitAnswer(
  transaction: AttemptTransaction,
  attempt: Attempt,
  { exactlyOnce, onBug }: ExchangeSettings,
  response: Uint8Array,
  retention: Retention,
): Promise<Committed> {
  const { completeWithin, report } = exactlyOnce as ExactlyOnce;
  const { ref } = attempt;
  const remember = attempt.remembering(response, retention);
  const end = await transaction.commit(async (tx) => {
    const before = attempt.reach('before-save');
    if (before) await before;
    const saved = await completeWithin(tx, ref, response, retention);
    // Until the commit nobody can take the record, and then there is nothing to renew.
    if (saved === 'completed') attempt.stopRenewing();
    return saved;
  });
  switch (end.state) {
    case 'committed':
      remember?.();
      await attempt.reach('after-save')?.catch(onBug);
      attempt.abandon();
      return 'committed';
    case 'lost':
    case 'none':
      return end.state;
    case 'rolled-back':
      report('The transaction was rolled back.', end.error);
      return 'rolled-back';
    case 'unknown': {
      const found = await findOut(attempt, ref, exactlyOnce as ExactlyOnce);
      if (found === 'committed') remember?.();
      else report('The transaction could not be committed.', end.error);
      return found;
    }
    default:
      return end satisfies never;
  }
}

/**
 * Whether a commit took place that nobody confirmed. The key is given back only where it did not: the transaction has its
 * row locked until it is over, so the release waits for that, and finds it finished or as it was.
 */
async function findOut(attempt: Attempt, ref: LeaseRef, { look }: ExactlyOnce): Promise<Committed> {
  const isOurs = async (): Promise<boolean> => {
    const found = await look(ref.id).catch(() => undefined);
    return found?.state === 'completed' && found.fence === ref.fence;
  };
  if (await isOurs()) {
    attempt.abandon();
    return 'committed';
  }
  switch (await attempt.release('nothing')) {
    case 'released':
      return 'released';
    case 'lost':
      return (await isOurs()) ? 'committed' : 'unknown';
    case 'failed':
      // Goes on being told in the background, and changes nothing that was committed.
      return 'unknown';
  }
}
