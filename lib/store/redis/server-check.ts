import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import { within } from './within.js';
import type { RedisDriver, RedisNode } from './clients/redis-driver.js';
import { text } from './replies.js';

/** What to do about a Redis that may forget keys. */
export type Eviction = 'warn' | 'refuse' | 'ignore';

const CHOICES: readonly unknown[] = ['warn', 'refuse', 'ignore'] satisfies Eviction[];

/** Hears of what should be set up otherwise, one thing at a time. */
export type Warn = (warning: string) => void;

/** ms; a server that takes longer to describe itself is not asked again. */
const PATIENCE = 1_000;

/** @throws IdempotencyConfigurationError */
export function checkEviction(store: string, eviction: unknown): Eviction {
  if (CHOICES.includes(eviction)) return eviction as Eviction;
  throw new IdempotencyConfigurationError([`${store}: \`eviction\` must be 'warn', 'refuse' or 'ignore'.`]);
}

/**
 * Asks every master whether it may forget keys, and says so. A server that is not there yet, or does not tell (managed
 * ones forbid INFO or CONFIG), is taken as it is.
 *
 * @throws IdempotencyConfigurationError when one evicts keys and `eviction` is `'refuse'`
 */
export async function checkServers(
  store: string,
  driver: RedisDriver,
  eviction: Eviction,
  warn: Warn,
): Promise<void> {
  // A warning is no reason to connect earlier than the application wants to.
  if (eviction === 'ignore' || (eviction === 'warn' && driver.idle)) return;
  const servers = await within(PATIENCE, describeAll(driver)).catch(() => []);
  const policies = new Set(servers.flatMap(({ policy }) => policy ?? []));
  const problems = Array.from(policies, (policy) => evicts(store, policy));
  if (problems.length > 0 && eviction === 'refuse') throw new IdempotencyConfigurationError(problems);
  if (servers.some(({ persists }) => !persists)) problems.push(forgets(store));
  problems.forEach((problem) => warn(problem));
}

interface Server {
  /** The policy by which it evicts keys; absent if it evicts none. */
  readonly policy: string | undefined;
  readonly persists: boolean;
}

const describeAll = async (driver: RedisDriver): Promise<Server[]> =>
  Promise.all((await driver.masters()).map(describe));

async function describe(node: RedisNode): Promise<Server> {
  const [memory, persistence, save] = await Promise.all([
    ask(node, 'INFO', 'memory'),
    ask(node, 'INFO', 'persistence'),
    ask(node, 'CONFIG', 'GET', 'save'),
  ]);
  const policy = field(memory, 'maxmemory_policy');
  const limited = Number(field(memory, 'maxmemory') ?? 0) > 0;
  return {
    policy: limited && policy !== 'noeviction' ? policy : undefined,
    persists: !(field(persistence, 'aof_enabled') === '0' && save === 'save,'),
  };
}

/** What the server says; nothing when it does not. */
async function ask(node: RedisNode, ...command: string[]): Promise<string> {
  try {
    return words(await node.call(...command));
  } catch {
    return '';
  }
}

/** A reply as text: CONFIG GET is a list, a map or an object, as the protocol and the client have it. */
function words(reply: unknown): string {
  if (reply instanceof Map) return words([...reply].flat());
  if (Array.isArray(reply)) return reply.map(text).join(',');
  if (typeof reply === 'object' && reply !== null && !(reply instanceof Uint8Array)) {
    return words(Object.entries(reply).flat());
  }
  return text(reply);
}

const field = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];

function evicts(store: string, policy: string): string {
  const what = policy.startsWith('volatile')
    ? 'records of running and finished requests, and tombstones, though not what is uncertain'
    : 'any record';
  return (
    `${store}: Redis has maxmemory-policy ${policy}. When its memory is full it evicts ${what}, and a retry of such a ` +
    'request runs again. Set maxmemory-policy noeviction.'
  );
}

const forgets = (store: string): string =>
  `${store}: Redis writes nothing to disk, so that a restart forgets all records and their retries run again. ` +
  'Set appendonly yes.';
