import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';
import {
  IDEMPOTENCY_DEFAULTS,
  type IdempotencyModuleOptions,
  type PrincipalResolver,
} from '../idempotency.options.js';
import { DEFAULT_REPLAY_CACHE, type ReplayCacheOptions } from '../replay-cache.options.js';
import type { TransactionRunner } from '../transactions/transaction-runner.js';
import { defined } from './merge-options.js';
import { optionProblems } from './validate-options.js';

/** Module options, validated and complete. Durations in ms. */
export interface ResolvedOptions {
  /** As given, for what routes inherit. */
  readonly given: IdempotencyModuleOptions;
  /** In lower case. */
  readonly header: string;
  readonly principal: PrincipalResolver | undefined;
  readonly tenant: PrincipalResolver | undefined;
  readonly storeTimeout: number;
  readonly secrets: readonly string[];
  readonly statuses: Readonly<Record<string, number>>;
  readonly problemTypeBase: string;
  /** In lower case. */
  readonly unreplayableHeaders: ReadonlySet<string>;
  readonly shutdownGrace: number;
  readonly maxWaiters: number;
  readonly maxWaitersPerKey: number;
  readonly lifetimeHeader: boolean;
  readonly replayCache: Required<ReplayCacheOptions> | undefined;
  readonly transactions: TransactionRunner | undefined;
  readonly transactionRetries: number;
}

/** The one place where module options are checked and defaults come in. @throws IdempotencyConfigurationError */
export function resolveOptions(options: IdempotencyModuleOptions | undefined): ResolvedOptions {
  assertValid(options);
  const given = defined(options);
  const { secret = [], unreplayableHeaders = [], statuses = {} } = given;
  const merged = { ...IDEMPOTENCY_DEFAULTS, ...given };
  return {
    given,
    header: merged.header.toLowerCase(),
    principal: given.principal,
    tenant: given.tenant,
    storeTimeout: merged.storeTimeout,
    secrets: typeof secret === 'string' ? [secret] : secret,
    statuses,
    problemTypeBase: merged.problemTypeBase,
    unreplayableHeaders: new Set(unreplayableHeaders.map((name) => name.toLowerCase())),
    shutdownGrace: merged.shutdownGrace,
    maxWaiters: merged.maxWaiters,
    maxWaitersPerKey: merged.maxWaitersPerKey,
    lifetimeHeader: merged.lifetimeHeader,
    replayCache: replayCacheOf(merged.replayCache),
    transactions: given.transactions,
    transactionRetries: merged.transactionRetries,
  };
}

function replayCacheOf(option: boolean | ReplayCacheOptions): Required<ReplayCacheOptions> | undefined {
  if (option === false) return undefined;
  return { ...DEFAULT_REPLAY_CACHE, ...(option !== true && defined(option)) };
}

function assertValid(
  options: IdempotencyModuleOptions | undefined,
): asserts options is IdempotencyModuleOptions {
  // Nest took it out, unless it came with what a factory made: when the module was there already.
  const { isGlobal, ...others } = options ?? {};
  const problems = optionProblems('module', options && others, 'IdempotencyModule');
  if (isGlobal !== undefined) {
    problems.push(
      'IdempotencyModule: option "isGlobal" comes too late from a factory; set it beside the factory.',
    );
  }
  if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
}
