import type { ClaimRef, OnLapse } from '../store/idempotency-store.js';
import type { StoreGateway } from './store-gateway.js';

/** A claim that may have given a lease that nobody uses. */
export interface LostClaim extends ClaimRef {
  readonly onLapse: OnLapse;
}

/**
 * Ends a claim whose answer never came. One that took a record over may have found effects of the attempts before it: of
 * these the next one has to know. A strict claim takes over no record that has any.
 */
export async function takeBack(gateway: StoreGateway, { onLapse, ...claim }: LostClaim): Promise<void> {
  const record = onLapse === 'rerun' ? await gateway.look(claim.id) : undefined;
  const isFirst = record?.attempt === 1 && record.leaseRemaining !== 0;
  const mayHaveEffects = record?.state === 'in-progress' && !isFirst;
  await gateway.release(claim, mayHaveEffects ? 'unknown' : 'nothing');
}
