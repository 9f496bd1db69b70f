import type { RedisArgument, RedisDriver, RedisNode, Subscription } from '../redis/clients/redis-driver.js';

/** An adapter that connects its client when it first needs it: @keyv/redis. */
interface Opener {
  getClient(): Promise<unknown>;
}

interface Openable {
  readonly isOpen: boolean;
}

/** Has an adapter connect its client, as it would for its own first command, before it is used. */
export class OpeningDriver implements RedisDriver {
  private constructor(
    private readonly driver: RedisDriver,
    private readonly client: Openable,
    private readonly opener: Opener,
  ) {}

  /** `driver` itself when its client's `owner` does not open it. */
  static wrap(driver: RedisDriver, client: object, owner: unknown): RedisDriver {
    const opens =
      typeof (owner as Partial<Opener> | undefined)?.getClient === 'function' && 'isOpen' in client;
    return opens ? new OpeningDriver(driver, client as Openable, owner as Opener) : driver;
  }

  get keyPrefix(): string {
    return this.driver.keyPrefix;
  }

  get idle(): boolean {
    return this.driver.idle;
  }

  async evalsha(sha: string, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    await this.open();
    return this.driver.evalsha(sha, keys, args);
  }

  /** Follows an EVALSHA: the client is open. */
  eval(source: string, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    return this.driver.eval(source, keys, args);
  }

  async masters(): Promise<readonly RedisNode[]> {
    await this.open();
    return this.driver.masters();
  }

  subscribe(channel: string, listener: (message: string) => void): Subscription {
    return this.driver.subscribe(channel, listener);
  }

  private async open(): Promise<void> {
    if (!this.client.isOpen) await this.opener.getClient();
  }
}
