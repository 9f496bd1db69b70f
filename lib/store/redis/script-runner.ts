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
  run<State extends Reply['state']>(
    script: RedisScript<State>,
    id: string,
    args: readonly RedisArgument[] = [],
  ): Promise<Extract<Reply, { state: State }>> {
    const key = `${this.prefix}{${id}}`;
    const keys = [key, `${key}t`];
    const driver = this.connect();
    const decode = (reply: unknown) => decodeReply(script, reply);
    const fail = (error: unknown): never => {
      throw unavailable(script.name, error);
    };
    try {
      return driver.evalsha(script.sha, keys, args).then(decode, (error: unknown) => {
        if (!isNoScript(error)) return fail(error);
        return driver.eval(script.source, keys, args).then(decode, fail);
      });
    } catch (error) {
      return fail(error);
    }
  }
}
