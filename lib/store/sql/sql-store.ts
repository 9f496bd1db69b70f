import {
  IdempotencyStore,
  type AcquireResult,
  type Claim,
  type ClaimRef,
  type CompleteResult,
  type Effect,
  type Happened,
  type LeaseRef,
  type OnLapse,
  type RecordDetails,
  type RecordPage,
  type RecordQuery,
  type RemoveResult,
  type Resolution,
  type ResolveResult,
  type Retention,
  type StandingRecord,
} from '../idempotency-store.js';
import * as changes from './changes.js';
import { checksum, describeDetails, describeStanding, isCompletedBy } from './describe-row.js';
import { encodeResult, readEffects } from './effects.js';
import { listParameters, pageOf } from './list.js';
import type { SqlEngine } from './sql-engine.js';
import { micros, type Parameters } from './statement.js';

/** A store whose records are rows of a table. What the databases do differently is in the engine. */
export abstract class SqlStore extends IdempotencyStore {
  protected abstract readonly engine: SqlEngine;

  override async acquire(claim: Claim): Promise<AcquireResult> {
    const { id, fingerprint, token, scope, operation, onLapse } = claim;
    const strict = onLapse === 'uncertain';
    const { row, done } = await this.engine.acquire({
      ...{ id, fingerprint, token, scope, operation, strict: strict ? 1 : 0, waiting: claim.waiting ? 1 : 0 },
      ...{ lease: micros(claim.lease), keep: micros(claim.keep) },
    });
    // What was resolved as not applied is always acquired.
    if (!done) return describeStanding(row, strict) as Exclude<StandingRecord, { state: 'not-applied' }>;
    const { fence, attempt } = row;
    const effects = readEffects(row.effects);
    const acquired = { state: 'acquired' as const, fence, attempt };
    return effects.length > 0 ? { ...acquired, effects } : acquired;
  }

  override async extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'> {
    const parameters = { id: ref.id, fence: ref.fence, lease: micros(lease), keep: micros(keep) };
    return (await this.engine.change(changes.EXTEND, parameters)).done ? 'held' : 'lost';
  }

  override async complete(
    ref: LeaseRef,
    response: Uint8Array,
    retention: Retention,
  ): Promise<CompleteResult> {
    return this.completeOn(this.engine, ref, response, retention);
  }

  override async release(ref: LeaseRef | ClaimRef, happened: Happened): Promise<'released' | 'lost'> {
    const nothing = happened === 'nothing';
    const { done } =
      'fence' in ref
        ? await this.engine.change(nothing ? changes.RELEASE_NOTHING : changes.RELEASE_UNKNOWN, {
            id: ref.id,
            fence: ref.fence,
          })
        : await this.engine.change(nothing ? changes.RELEASE_TOKEN_NOTHING : changes.RELEASE_TOKEN_UNKNOWN, {
            id: ref.id,
            token: ref.token,
          });
    return done ? 'released' : 'lost';
  }

  override async recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse): Promise<'recorded' | 'lost'> {
    const { done } = await this.engine.change(changes.RECORD_EFFECT, {
      ...{ id: ref.id, fence: ref.fence, effect: effect.name, result: encodeResult(effect.result) },
      strict: onLapse === 'uncertain' ? 1 : 0,
    });
    return done ? 'recorded' : 'lost';
  }

  override async look(id: string): Promise<RecordDetails | undefined> {
    const row = await this.engine.look(id);
    return row && describeDetails(row);
  }

  /**
   * In the order of their ids, a page from where the one before ended. A record that cannot be read is left out.
   *
   * @throws TypeError when the cursor is not the `next` of a page
   */
  override async list(query: RecordQuery): Promise<RecordPage> {
    return pageOf(query, await this.engine.list(query, listParameters(query)));
  }

  override async resolve(ref: LeaseRef, resolution: Resolution): Promise<ResolveResult> {
    const { id, fence } = ref;
    const note = Buffer.from(resolution.note, 'utf8');
    const { row, done } =
      resolution.as === 'completed'
        ? await this.engine.change(changes.RESOLVE_COMPLETED, {
            ...{ id, fence, note },
            ...responseParameters(resolution.response, resolution.retention),
          })
        : await this.engine.change(changes.RESOLVE_NOT_APPLIED, {
            ...{ id, fence, note },
            keep: micros(resolution.keep),
          });
    return done ? { state: 'resolved' } : lost(row && describeStanding(row));
  }

  override async remove(id: string): Promise<RemoveResult> {
    return this.engine.remove(id);
  }

  protected async completeOn(
    engine: Pick<SqlEngine, 'change'>,
    ref: LeaseRef,
    response: Uint8Array,
    retention: Retention,
  ): Promise<CompleteResult> {
    const { id, fence } = ref;
    const parameters = { id, fence, ...responseParameters(response, retention) };
    const { row, done } = await engine.change(changes.COMPLETE, parameters);
    if (done || (row && isCompletedBy(row, fence))) return { state: 'completed' };
    return lost(row && describeStanding(row));
  }
}

function responseParameters(response: Uint8Array, retention: Retention): Parameters {
  // A copy: a driver may queue the statement, and the caller may write to its bytes meanwhile.
  const bytes = Buffer.from(response);
  return {
    ...{ response: bytes, checksum: checksum(bytes) },
    ...{ retention: micros(retention.response), tombstone: micros(retention.tombstone) },
  };
}

function lost(record: StandingRecord | undefined): {
  readonly state: 'lost';
  readonly record?: StandingRecord;
} {
  return record ? { state: 'lost', record } : { state: 'lost' };
}
