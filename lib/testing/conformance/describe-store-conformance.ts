import { ConformanceContext } from './conformance-context.js';
import type { ConformanceOptions, ConformanceRunner } from './conformance-options.js';
import type { Check, Topic } from './conformance-topic.js';
import { topics } from './topics.js';

/**
 * Declares tests that prove, sentence by sentence, that a store keeps the contract of `IdempotencyStore`.
 * A check is left out only when the store's `capabilities` do not promise what it proves.
 *
 * ```ts
 * describeStoreConformance({ name: 'MyStore', create: () => new MyStore(connection) });
 * ```
 *
 * @throws Error when there is neither a global `describe` and `it` nor `options.runner`
 */
export function describeStoreConformance(options: ConformanceOptions): void {
  const runner = options.runner ?? globalRunner();
  runner.describe(`${options.name} keeps the store contract`, () => {
    for (const topic of topics) describeTopic(runner, topic, options);
  });
}

function describeTopic(runner: ConformanceRunner, topic: Topic, options: ConformanceOptions): void {
  runner.describe(topic.title, () => {
    for (const [title, check] of Object.entries(topic.checks)) {
      // The body takes no parameter: Jest would take one for its `done`.
      runner.it(title, () => run(topic, check, options));
    }
  });
}

async function run(topic: Topic, check: Check, options: ConformanceOptions): Promise<void> {
  const context = await ConformanceContext.open(options);
  try {
    if (topic.needs === undefined || context.store.capabilities[topic.needs]) await check(context);
  } finally {
    // A store that fails here has failed a check already, or will: which one is told by its title.
    await context.cleanUp().catch(() => undefined);
    await context.close();
  }
}

function globalRunner(): ConformanceRunner {
  const { describe, it } = globalThis as Partial<ConformanceRunner>;
  if (typeof describe !== 'function' || typeof it !== 'function') {
    throw new Error(
      'describeStoreConformance found no global describe() and it(). Pass them: ' +
        "{ runner: { describe, it } }, for example from 'node:test' or 'vitest'.",
    );
  }
  return { describe, it };
}
