import { plainToInstance, Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUrl, Max, Min, validateSync } from 'class-validator';

/** The stores there are, and what each needs. */
const STORES = {
  sqlite: undefined,
  memory: undefined,
  redis: 'REDIS_URL',
  'cache-manager': 'REDIS_URL',
  postgres: 'DATABASE_URL',
} as const;

export type Store = keyof typeof STORES;

/** What the shop reads from the environment. An empty variable counts as an absent one. */
export class Environment {
  /** TCP port; 0 takes a free one. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly PORT: number = 3000;

  @IsIn(['express', 'fastify'])
  readonly ADAPTER: 'express' | 'fastify' = 'express';

  /** The directory of the shop's file; made if need be. */
  @IsString()
  readonly DATA_DIR: string = './.data';

  /** With it, everything is there, and not in a file. */
  @IsOptional()
  @IsUrl({ protocols: ['redis', 'rediss'], require_protocol: true, require_tld: false })
  readonly REDIS_URL?: string;

  /** A Postgres. With it, everything is there, and not in a file. */
  @IsOptional()
  @IsUrl({
    protocols: ['postgres', 'postgresql'],
    require_protocol: true,
    require_host: false,
    require_tld: false,
  })
  readonly DATABASE_URL?: string;

  /** Where everything is kept, which the URLs above say already; `cache-manager` is another way to the Redis. */
  @IsOptional()
  @IsIn(Object.keys(STORES))
  readonly STORE?: Store;

  /** ms a running attempt holds its key unless renewed. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(100)
  readonly IDEMPOTENCY_LEASE_MS?: number;

  /** ms an answer is replayed. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly IDEMPOTENCY_TTL_MS?: number;

  /** Signs sessions. Without it the shop makes a random one. */
  @IsOptional()
  @IsString()
  readonly JWT_SECRET?: string;

  /** `1` lets the X-Demo-Fault header break things on purpose. */
  @IsIn(['0', '1'])
  readonly DEMO_FAULTS: '0' | '1' = '0';
}

/** Throws an error that names every wrong variable, never its value. */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const present = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const environment = plainToInstance(Environment, present, { exposeDefaultValues: true });
  const problems = validateSync(environment).flatMap(({ constraints }) => Object.values(constraints ?? {}));
  if (problems.length === 0) problems.push(...conflicts(environment));
  if (problems.length > 0) throw new Error(`The environment is not right: ${problems.join('; ')}.`);
  return environment;
}

/** Everything is kept in one place: what would name two. */
function conflicts(environment: Environment): string[] {
  const { STORE, REDIS_URL, DATABASE_URL } = environment;
  if (REDIS_URL && DATABASE_URL) return ['REDIS_URL and DATABASE_URL exclude each other: unset one of them'];
  const needed = STORE && STORES[STORE];
  if (needed && !environment[needed]) return [`STORE=${STORE} needs ${needed}`];
  const unused = STORE && !needed && (['REDIS_URL', 'DATABASE_URL'] as const).find((url) => environment[url]);
  return unused ? [`STORE=${STORE} goes without ${unused}`] : [];
}
