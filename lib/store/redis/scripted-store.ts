import type { RedisDriver } from './clients/redis-driver.js';
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
  type StoreCapabilities,
  type Unwatch,
} from '../idempotency-store.js';
import { Announcements } from './announcements.js';
import { asBuffer } from './bytes.js';
import { encodeNote, encodeOperation } from './encoding.js';
import { checkPrefix } from './prefix.js';
import { decodeEntry, headOf } from './record.js';
import { RecordListing } from './record-listing.js';
import { newCall } from './new-call.js';
import { unavailable } from './redis-errors.js';
import { ScriptRunner } from './script-runner.js';
import { ACQUIRE } from './scripts/acquire.js';
import { COMPLETE } from './scripts/complete.js';
import { EXTEND } from './scripts/extend.js';
import { LOOK } from './scripts/look.js';
import { RECORD_EFFECT } from './scripts/record-effect.js';
import { RELEASE } from './scripts/release.js';
import { REMOVE } from './scripts/remove.js';
import { RESOLVE } from './scripts/resolve.js';
import { checkEviction, checkServers, type Eviction, type Warn } from './server-check.js';

/** A store whose operations are one Lua script each, on two keys per record. Clock: the Redis server's. */
export abstract class ScriptedStore extends IdempotencyStore {
  abstract override readonly capabilities: StoreCapabilities;
  readonly #name: string;
  readonly #prefix: string;
  readonly #eviction: Eviction;
  readonly #connect: () => RedisDriver;
  readonly #runner: ScriptRunner;
  readonly #listing: RecordListing;
  readonly #announcements = new Announcements((listener) => this.#driver.subscribe(this.#channel, listener));
  #connected?: RedisDriver;

  /** `connect` is called once, when the driver is first needed; it throws if there is none. */
  protected constructor(connect: () => RedisDriver, prefix: string, eviction: Eviction) {
    super();
    this.#name = new.target.name;
    this.#connect = connect;
    this.#prefix = checkPrefix(this.#name, prefix);
    this.#eviction = checkEviction(this.#name, eviction);
    const driver = (): RedisDriver => this.#driver;
    this.#runner = new ScriptRunner(driver, this.#prefix);
    this.#listing = new RecordListing(driver, this.#runner, this.#prefix);
  }

  /**
   * Looks at the client, and asks Redis whether it may forget records, for a second at most. `warn` hears of that.
   *
   * @param warn Without it, a warning of the process.
   * @throws IdempotencyConfigurationError when there is no client that the store can drive, or `eviction` is
   * `'refuse'` and Redis evicts keys
   */
  override async start(warn: Warn = (warning) => process.emitWarning(warning)): Promise<void> {
    await checkServers(this.#name, this.#driver, this.#eviction, warn);
  }

  override async acquire(claim: Claim): Promise<AcquireResult> {
    const { id, fingerprint, lease, keep, onLapse, token, scope, operation, waiting = false } = claim;
    // As it stands in a record.
    const says = `${fingerprint} ${scope}\n${token}.${newCall()} ${encodeOperation(operation)}`;
    const args = [`${lease}`, onLapse === 'uncertain' ? '' : `${keep}`, says];
    if (waiting) args.push('waiting');
    const reply = await this.#runner.run(ACQUIRE, id, args);
    // What was resolved as not applied is always acquired.
    return reply.state === 'record'
      ? (reply.record as Exclude<StandingRecord, { state: 'not-applied' }>)
      : reply;
  }

  override async extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'> {
    const reply = await this.#runner.run(EXTEND, ref.id, [`${ref.fence}`, `${lease}`, `${keep}`]);
    return reply.state;
  }

  override async complete(
    ref: LeaseRef,
    response: Uint8Array,
    retention: Retention,
  ): Promise<CompleteResult> {
    const args = [` ${ref.fence} 1 `, ...completion(response, retention)];
    const reply = await this.#runner.run(COMPLETE, ref.id, args);
    return reply.state === 'record' ? { state: 'lost', record: reply.record } : reply;
  }

  override async release(ref: LeaseRef | ClaimRef, happened: Happened): Promise<'released' | 'lost'> {
    const owner = 'fence' in ref ? [`${ref.fence}`, ''] : ['', ref.token];
    const reply = await this.#runner.run(RELEASE, ref.id, [...owner, happened]);
    return reply.state;
  }

  override async recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse): Promise<'recorded' | 'lost'> {
    const { name, result } = effect;
    const args = [`${ref.fence}`, lapseFlag(onLapse), name, ...(result ? [Buffer.from(result)] : [])];
    const reply = await this.#runner.run(RECORD_EFFECT, ref.id, args);
    return reply.state;
  }

  override async look(id: string): Promise<RecordDetails | undefined> {
    const reply = await this.#runner.run(LOOK, id, ['all']);
    return reply.state === 'absent' ? undefined : decodeEntry(id, reply.value, reply.now, reply.left, true);
  }

  /**
   * Goes through the keys with SCAN, one master after the other. A record that cannot be read is left out.
   *
   * @throws TypeError when the cursor is not the `next` of a page
   */
  override async list(query: RecordQuery): Promise<RecordPage> {
    return this.#listing.list(query);
  }

  override async resolve(ref: LeaseRef, resolution: Resolution): Promise<ResolveResult> {
    const args = [`${ref.fence}`, encodeNote(resolution.note), resolution.as];
    const reply = await this.#runner.run(RESOLVE, ref.id, [...args, ...resolutionArguments(resolution)]);
    return reply.state === 'record' ? { state: 'lost', record: reply.record } : reply;
  }

  override async remove(id: string): Promise<RemoveResult> {
    const reply = await this.#runner.run(REMOVE, id);
    return reply.state;
  }

  override async watch(listener: (id: string) => void): Promise<Unwatch> {
    void this.#driver;
    try {
      return await this.#announcements.watch(listener);
    } catch (error) {
      throw unavailable('subscribe', error);
    }
  }

  /** Ends the subscription. The client stays as it is: who made it closes it. */
  override async close(): Promise<void> {
    await this.#announcements.close();
  }

  get #driver(): RedisDriver {
    return (this.#connected ??= this.#connect());
  }

  /** Where scripts announce: under the prefix of the records, which is what a user's rights are usually bound to. */
  get #channel(): string {
    return `${this.#driver.keyPrefix}${this.#prefix}settled`;
  }
}

const lapseFlag = (onLapse: OnLapse): string => (onLapse === 'uncertain' ? 'u' : 'r');

function resolutionArguments(resolution: Resolution): (string | Buffer)[] {
  if (resolution.as === 'not-applied') return [`${resolution.keep}`];
  return completion(resolution.response, resolution.retention);
}

/** What scripts are told of a response: how its record begins, the response, and how long to keep it and then its key. */
function completion(response: Uint8Array, retention: Retention): (string | Buffer)[] {
  const bytes = asBuffer(response);
  const args = [headOf(bytes), bytes, `${retention.response}`];
  if (retention.tombstone > 0) args.push(`${retention.response + retention.tombstone}`);
  return args;
}
