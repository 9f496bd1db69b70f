import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mergeRouteOptions } from '../../lib/bootstrap/merge-options.js';
import { guaranteeProblems } from '../../lib/bootstrap/guarantee-problems.js';
import { MemoryStore } from '../../lib/store/memory/memory-store.js';
import { read, ROOT } from '../docs/markdown.js';
import { findingsOf, type FaultSet } from './findings.js';
import { AT_LEAST_ONCE, AT_MOST_ONCE, GUARANTEES } from './guarantee.js';
import { MEMORY, REDIS, REDIS_DURABLE, STORES } from './stores.js';
import { renderTables } from './table.js';

const names = (sets: readonly FaultSet[]) => sets.map((set) => set.join(' + ')).sort();

/** Of the sets, those that a store knows: a part of a set that is not minimal is no set of this store, either. */
const on = (stores: readonly { faults: FaultSet }[], sets: readonly FaultSet[]) =>
  names(sets.filter((set) => set.every((fault) => stores.every(({ faults }) => faults.includes(fault)))));

describe.each(GUARANTEES)('the model of $name', (guarantee) => {
  describe.each(STORES)('on $name', (store) => {
    it('[B67] breaks no promise, with three requests and two faults in any order', () => {
      const { complaints, states } = findingsOf(guarantee, store);
      expect(complaints).toEqual([]);
      expect(states).toBeGreaterThan(2_000);
    });

    it('lets nothing come of no fault', () => {
      const { minimal, retries } = findingsOf(guarantee, store);
      for (const sets of Object.values(minimal)) expect(sets).not.toContainEqual([]);
      expect([...retries.get('')!]).toEqual(['completed']);
    });

    it('leaves no key waiting for a person, unless an attempt must not run again', () => {
      const { stuck } = findingsOf(guarantee, store).minimal;
      if (guarantee === AT_LEAST_ONCE) expect(stuck).toEqual([]);
      else expect(stuck).not.toEqual([]);
    });
  });

  it('says the same of a fault on every store that knows it', () => {
    const [memory, redis] = [findingsOf(guarantee, MEMORY), findingsOf(guarantee, REDIS)];
    for (const consequence of ['runs-twice', 'two-answers', 'stuck', 'answer-lost'] as const) {
      const shared = on(STORES, redis.minimal[consequence]);
      expect(on(STORES, memory.minimal[consequence])).toEqual(shared);
    }
  });
});

describe('at-most-once on a store that keeps what it says', () => {
  it('[B21] runs twice only if somebody says that it may', () => {
    expect(on([REDIS_DURABLE], findingsOf(AT_MOST_ONCE, REDIS).minimal['runs-twice'])).toEqual([
      'crash-after + wrong-resolution',
      'error-after + wrong-resolution',
      'pause + wrong-resolution',
      'proceed',
      'save-never + wrong-resolution',
      'tombstone-over',
    ]);
  });
});

describe('an application that promises at-most-once', () => {
  const problems = (onStoreError: 'refuse' | 'proceed', durable: boolean) => {
    const options = mergeRouteOptions({ guarantee: 'at-most-once', onStoreError }, {}, {});
    const capabilities = { ...new MemoryStore().capabilities, durable };
    return guaranteeProblems([{ label: 'Orders.create', options }], capabilities);
  };

  it('is refused with what the model takes as refused', () => {
    expect(AT_MOST_ONCE.refuses).toEqual(['proceed', 'memory-lost']);
    expect(problems('refuse', true)).toEqual({ problems: [], warnings: [] });
    expect(problems('proceed', true).problems).toHaveLength(1);
    // Here it is allowed with a warning: this is a test.
    expect(problems('refuse', false).warnings).toHaveLength(1);
  });
});

describe('docs/guarantees.md', () => {
  it.each(['one', 'two'] as const)('has the table of the model: faults, %s', (which) => {
    const page = read('docs/guarantees.md');
    const [begin, end] = [`<!-- from the model: ${which} -->\n\n`, '\n\n<!-- end -->'];
    expect(page).toContain(begin);
    const from = page.indexOf(begin) + begin.length;
    const shown = page.slice(from, page.indexOf(end, from));
    const table = renderTables()[which];
    // WRITE_DOCS=1 npx jest test/model/model.spec.ts
    if (process.env.WRITE_DOCS) {
      writeFileSync(
        join(ROOT, 'docs/guarantees.md'),
        page.slice(0, from) + table + page.slice(page.indexOf(end, from)),
      );
    } else expect(shown).toBe(table);
  });
});
