import type { RedisArgument, RedisDriver } from './clients/redis-driver.js';
import { isNoScript, unavailable } from './redis-errors.js';
import { decodeReply, type Reply } from './replies.js';
import type { RedisScript } from './scripts/redis-script.js';

/** Runs scripts on the keys of a record: the record's own, and that of its tombstone. Both are in one slot. */
export class ScriptRunner {
  constructor(
    private readonly connect: () => RedisDriver,
    private readonly prefix: string,
  ) {}

  /**
   * One command: the script by its name, and again in full when the server does not know it: a new one, a flushed one.
   *
   * @throws StoreUnavailableError when Redis or the client refuses
   * @throws RecordUnreadableError when the script finds something that it does not understand
   */
  async run<State extends Reply['state']>(
    script: RedisScript<State>,
    id: string,
    args: readonly RedisArgument[] = [],
  ): Promise<Extract<Reply, { state: State }>> {
    const key = `${this.prefix}{${id}}`;
    return decodeReply(script, await evaluate(this.connect(), script, [key, `${key}t`], args));
  }
}

async function evaluate(
  driver: RedisDriver,
  script: RedisScript,
  keys: readonly string[],
  args: readonly RedisArgument[],
): Promise<unknown> {
  try {
    return await driver.evalsha(script.sha, keys, args).catch((error: unknown) => {
      if (isNoScript(error)) return driver.eval(script.source, keys, args);
      throw error;
    });
  } catch (error) {
    throw unavailable(script.name, error);
  }
}
