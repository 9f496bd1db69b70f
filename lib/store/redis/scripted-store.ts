import type { RedisDriver, RedisArgument } from './clients/redis-driver.js';
import {
  IdempotencyStore,
  type AcquireResult,
  type Claim,
  type CompleteResult,
  type LeaseRef,
  type StoreCapabilities,
  type Unwatch,
} from '../idempotency-store.js';
import { Announcements } from './announcements.js';
import { checksum } from './record.js';
import { isNoScript, unavailable } from './redis-errors.js';
import { checkPrefix } from './prefix.js';
import { decodeReply, type Reply } from './replies.js';
import { ACQUIRE } from './scripts/acquire.js';
import { COMPLETE } from './scripts/complete.js';
import { EXTEND } from './scripts/extend.js';
import type { RedisScript } from './scripts/redis-script.js';
import { RELEASE } from './scripts/release.js';

/** A store whose operations are one Lua script each, on one key per record. Clock: the Redis server's. */
export abstract class ScriptedStore extends IdempotencyStore {
  abstract override readonly capabilities: StoreCapabilities;
  readonly #prefix: string;
  readonly #connect: () => RedisDriver;
  readonly #announcements = new Announcements((listener) => this.#driver.subscribe(this.#channel, listener));
  #connected?: RedisDriver;

  /** `connect` is called once, when the driver is first needed; it throws if there is none. */
  protected constructor(connect: () => RedisDriver, prefix: string) {
    super();
    this.#connect = connect;
    this.#prefix = checkPrefix(new.target.name, prefix);
  }

  /** @throws IdempotencyConfigurationError when there is no client that the store can drive */
  override async start(): Promise<void> {
    void this.#driver;
  }

  override async acquire(claim: Claim): Promise<AcquireResult> {
    const { id, fingerprint, lease, keep, waiting = false } = claim;
    const reply = await this.#run(ACQUIRE, id, [fingerprint, `${lease}`, `${keep}`, waiting ? '1' : '0']);
    return reply.state === 'record' ? reply.record : reply;
  }

  override async extend(ref: LeaseRef, lease: number, keep: number): Promise<'held' | 'lost'> {
    const reply = await this.#run(EXTEND, ref.id, [`${ref.fence}`, `${lease}`, `${keep}`]);
    return reply.state;
  }

  override async complete(ref: LeaseRef, response: Uint8Array, retention: number): Promise<CompleteResult> {
    // A copy: a client may queue the command, and the caller may write to its bytes meanwhile.
    const bytes = Buffer.from(response);
    const args = [`${ref.fence}`, bytes, checksum(bytes), `${retention}`, this.#channel, ref.id];
    const reply = await this.#run(COMPLETE, ref.id, args);
    return reply.state === 'record' ? { state: 'lost', record: reply.record } : { state: reply.state };
  }

  override async release(ref: LeaseRef): Promise<'released' | 'lost'> {
    const reply = await this.#run(RELEASE, ref.id, [`${ref.fence}`, this.#channel, ref.id]);
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

  /** Under the client's own key prefix, like the records: what a user's rights are usually bound to. */
  get #channel(): string {
    return `${this.#driver.keyPrefix}${this.#prefix}settled`;
  }

  async #run<State extends Reply['state']>(
    script: RedisScript<State>,
    id: string,
    args: readonly RedisArgument[],
  ): Promise<Extract<Reply, { state: State }>> {
    return decodeReply(script, await evaluate(this.#driver, script, this.#prefix + id, args));
  }
}

/** The script by its name; in full when the server does not know it: a new one, a flushed one. */
async function evaluate(
  driver: RedisDriver,
  script: RedisScript,
  key: string,
  args: readonly RedisArgument[],
): Promise<unknown> {
  try {
    return await driver.evalsha(script.sha, key, args).catch((error: unknown) => {
      if (isNoScript(error)) return driver.eval(script.source, key, args);
      throw error;
    });
  } catch (error) {
    throw unavailable(script.name, error);
  }
}
