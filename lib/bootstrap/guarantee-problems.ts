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
  readonly options: Pick<RouteOptions, 'guarantee' | 'onStoreError'>;
}

/** Whether the store can keep what the routes promise. */
export function guaranteeProblems(
  plans: Iterable<PromisingRoute>,
  { name, durable }: StoreCapabilities,
): GuaranteeFindings {
  const found: GuaranteeFindings = { problems: [], warnings: [] };
  const strict = [...plans].filter(({ options }) => options.guarantee === 'at-most-once');
  for (const { label, options } of strict) {
    if (options.onStoreError === 'proceed') {
      found.problems.push(
        `@Idempotent() on ${label}: guarantee 'at-most-once' and onStoreError 'proceed' exclude each other: without the ` +
          "store nothing keeps the handler from running twice. Use onStoreError 'refuse', or 'at-least-once'.",
      );
    }
  }
  if (durable || strict.length === 0) return found;
  const labels = strict.map(({ label }) => label).join(', ');
  const sentence =
    `The store "${name}" forgets its records when the process ends, so it cannot keep guarantee 'at-most-once' ` +
    `(${labels}).`;
  if (DEVELOPMENT.includes(process.env['NODE_ENV']))
    found.warnings.push(`${sentence} Elsewhere than in development and tests this is refused.`);
  else
    found.problems.push(
      `${sentence} Use a durable store, for instance new RedisStore({ client }), or 'at-least-once'.`,
    );
  return found;
}
