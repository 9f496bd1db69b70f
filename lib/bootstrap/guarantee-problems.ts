import type { StoreCapabilities } from '../store/idempotency-store.js';
import type { RouteOptions } from './handler-plan.js';

const DEVELOPMENT: readonly (string | undefined)[] = ['development', 'test'];

/** What is found out about guarantees when the application starts: one sentence each. */
export interface GuaranteeFindings {
  readonly problems: string[];
  readonly warnings: string[];
}

/** What counts of a route here. */
interface PromisingRoute {
  readonly label: string;
  readonly ownsResponse?: boolean;
  readonly options: Pick<RouteOptions, 'guarantee' | 'onStoreError'> &
    Partial<Pick<RouteOptions, 'transaction'>>;
}

/** Whether the store, and the transactions there may be, can keep what the routes promise. */
export function guaranteeProblems(
  plans: Iterable<PromisingRoute>,
  capabilities: StoreCapabilities,
  hasTransactions = false,
): GuaranteeFindings {
  const { name, durable } = capabilities;
  const routes = [...plans];
  const found: GuaranteeFindings = { problems: [], warnings: [] };
  found.problems.push(...exactlyOnceProblems(routes, capabilities, hasTransactions));
  const strict = routes.filter(({ options }) => options.guarantee === 'at-most-once');
  for (const { label, options } of strict) {
    if (options.onStoreError === 'proceed') {
      found.problems.push(
        `@Idempotent() on ${label}: guarantee 'at-most-once' and onStoreError 'proceed' exclude each other: without the ` +
          "store nothing keeps the handler from running twice. Use onStoreError 'refuse', or 'at-least-once'.",
      );
    }
  }
  if (durable || strict.length === 0) return found;
  const labels = labelsOf(strict);
  const sentence =
    `The store "${name}" forgets its records when the process ends, so it cannot keep guarantee 'at-most-once' ` +
    `(${labels}).`;
  if (DEVELOPMENT.includes(process.env['NODE_ENV']))
    found.warnings.push(`${sentence} Elsewhere than in development and tests this is refused.`);
  else
    found.problems.push(
      `${sentence} Use a durable store, for instance new RedisStore({ client }), or 'at-least-once'. With NODE_ENV development or test this is a warning only.`,
    );
  return found;
}

const labelsOf = (routes: readonly PromisingRoute[]): string => routes.map(({ label }) => label).join(', ');

/** What 'exactly-once' needs, and is not there. */
function exactlyOnceProblems(
  routes: readonly PromisingRoute[],
  { name, transactional }: StoreCapabilities,
  hasTransactions: boolean,
): string[] {
  const exact = routes.filter(({ options }) => options.guarantee === 'exactly-once');
  if (exact.length === 0) return [];
  const problems: string[] = [];
  const labels = labelsOf(exact);
  if (!transactional) {
    problems.push(
      `The store "${name}" cannot complete a record in a transaction of the application's database, so it cannot keep ` +
        `guarantee 'exactly-once' (${labels}). Use new PostgresStore({ client: pool }) on that database, or ` +
        "'at-most-once'.",
    );
  }
  const within = exact.filter(({ options }) => options.transaction !== 'explicit');
  if (!hasTransactions && within.length > 0) {
    problems.push(
      `Guarantee 'exactly-once' (${labelsOf(within)}) needs the option \`transactions\` of IdempotencyModule.forRoot(), for instance ` +
        "pgTransactions(pool): the handler runs in one of them. Or, with transaction: 'explicit', the handler begins one of " +
        'its own, and calls IdempotencyContext.commitWith() in it.',
    );
  }
  for (const { label, options, ownsResponse } of exact) {
    if (options.onStoreError === 'proceed') {
      problems.push(
        `@Idempotent() on ${label}: guarantee 'exactly-once' and onStoreError 'proceed' exclude each other: without the ` +
          "store nothing keeps the handler from running twice. Use onStoreError 'refuse', or 'at-least-once'.",
      );
    }
    if (ownsResponse) {
      problems.push(
        `@Idempotent() on ${label}: guarantee 'exactly-once' needs to know when the handler is done, and this one takes the ` +
          'response in its own hands. Return the answer, with @Res({ passthrough: true }) if the response is needed.',
      );
    }
  }
  return problems;
}
