import type { StoreGateway } from '../engine/store-gateway.js';
import { IdempotencyErrorCode } from '../errors/error-codes.js';
import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';
import { isIdempotencyError } from '../errors/is-idempotency-error.js';
import type { Keyring } from '../http/keyring.js';
import { readKey } from '../http/key.js';
import { recordIdPrefix } from '../http/record-id.js';
import { scopeTags } from '../http/scope-tag.js';
import type { RecordState } from '../store/idempotency-store.js';
import { checkListOptions } from './check-list-options.js';
import { encodeResolution, type ResolutionDefaults } from './encode-resolution.js';
import {
  toDetails,
  toRecord,
  type IdempotencyRecord,
  type IdempotencyRecordDetails,
} from './idempotency-record.js';
import type { RecordResolution } from './resolution.js';
import { scopeParts, type ScopeRef } from './scope-ref.js';

/** Which records to list. What is absent does not restrict. */
export interface ListOptions {
  readonly states?: readonly RecordState[];
  readonly scope?: ScopeRef;
  /** ms; only records whose latest attempt began at least so long ago, and has not finished. */
  readonly runningFor?: number;
  /** Records per page at most, 1 to 1_000. @default 100 */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

/** Some records, in no order. A page may be empty and not be the last. */
export interface RecordList {
  readonly records: readonly IdempotencyRecord[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** What came of a resolution: `false` when the record is not uncertain (any more), and what it is instead. */
export type ResolveOutcome =
  { readonly resolved: true } | { readonly resolved: false; readonly record?: IdempotencyRecord };

/** How many records of a scope are gone, and how many stay because they are running. */
export interface EraseResult {
  readonly erased: number;
  readonly running: number;
}

const ERASE_PAGE = 500;
const ID = /^[\w-]{1,64}$/;

/** Where operators look at records and settle what no attempt will. */
export class RecordDesk {
  constructor(
    private readonly gateway: StoreGateway,
    private readonly keyring: Keyring,
    private readonly defaults: ResolutionDefaults,
  ) {}

  async look(reference: string): Promise<IdempotencyRecordDetails | undefined> {
    if (typeof reference !== 'string' || !ID.test(reference)) return undefined;
    const details = await this.gateway.look(reference);
    return details && toDetails(details);
  }

  async find(key: string, scope: ScopeRef): Promise<IdempotencyRecordDetails[]> {
    const found: IdempotencyRecordDetails[] = [];
    // What was copied from a header may have its quotes.
    const read = readKey(key);
    if (!read.ok) throw new IdempotencyConfigurationError([read.detail]);
    const idPrefix = recordIdPrefix(scopeParts(scope), read.key);
    for await (const record of this.all({ idPrefix })) {
      try {
        const details = await this.look(record.reference);
        if (details) found.push(details);
      } catch (error) {
        // One damaged answer does not hide what became of the key elsewhere.
        if (!isIdempotencyError(error, IdempotencyErrorCode.RECORD_UNREADABLE)) throw error;
        found.push(record);
      }
    }
    return found;
  }

  async list(options: ListOptions = {}): Promise<RecordList> {
    checkListOptions(options);
    const { states, scope, runningFor, limit = 100, cursor } = options;
    const query = {
      limit,
      ...(states && { states }),
      ...(scope !== undefined && { scopes: scopeTags(scopeParts(scope), this.keyring) }),
      ...(runningFor !== undefined && { runningFor }),
      ...(cursor !== undefined && { cursor }),
    };
    const page = await this.gateway.list(query).catch((error: unknown) => {
      // What stores say of a cursor that is not theirs: the caller's mistake, not an outage.
      const isCursor = cursor !== undefined && (error as Error).cause instanceof TypeError;
      throw isCursor ? new IdempotencyConfigurationError(['The cursor is not the `next` of a page.']) : error;
    });
    return {
      records: page.records.map(toRecord),
      ...(page.next !== undefined && { next: page.next }),
    };
  }

  async resolve(reference: string, resolution: RecordResolution): Promise<ResolveOutcome> {
    const encoded = encodeResolution(resolution, this.defaults);
    const details = ID.test(reference) ? await this.gateway.look(reference) : undefined;
    if (!details) return { resolved: false };
    const isAnother = resolution.attempt !== undefined && resolution.attempt !== details.attempt;
    if (details.state !== 'uncertain' || details.fence === undefined || isAnother) {
      return { resolved: false, record: toRecord(details) };
    }
    const result = await this.gateway.resolve({ id: reference, fence: details.fence }, encoded);
    if (result.state === 'resolved') return { resolved: true };
    const now = await this.gateway.look(reference);
    return { resolved: false, ...(now && { record: toRecord(now) }) };
  }

  async erase(scope: ScopeRef): Promise<EraseResult> {
    const scopes = scopeTags(scopeParts(scope), this.keyring);
    let erased = 0;
    let running = 0;
    try {
      for await (const { reference } of this.all({ scopes })) {
        const result = await this.gateway.remove(reference);
        if (result === 'removed') erased += 1;
        if (result === 'running') running += 1;
      }
    } finally {
      this.gateway.forgetAnswers();
    }
    return { erased, running };
  }

  private async *all(query: {
    idPrefix?: string;
    scopes?: readonly string[];
  }): AsyncGenerator<IdempotencyRecord> {
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await this.gateway.list({ ...query, limit: ERASE_PAGE, ...(cursor && { cursor }) });
      for (const entry of page.records) {
        if (seen.has(entry.id)) continue;
        seen.add(entry.id);
        yield toRecord(entry);
      }
      cursor = page.next;
    } while (cursor !== undefined);
  }
}
