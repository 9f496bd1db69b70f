import { checkHistory } from './check-history.js';
import { AT_LEAST_ONCE, AT_MOST_ONCE, type Guarantee } from './guarantee.js';
import type { History, HistoryEvent } from './history.js';
import { REDIS } from './stores.js';

/** A line of a story, without what is the same in all of them. */
type Line = Partial<HistoryEvent> & { readonly kind: HistoryEvent['kind'] };

const KEY = { scope: 'alice', key: 'k' };

const tell = (...lines: Line[]): History =>
  lines.map(
    (line, at) => ({ at, process: 'p1', request: 'r1', attempt: 1, ...KEY, ...line }) as HistoryEvent,
  );

const rules = (guarantee: Guarantee, ...lines: Line[]) =>
  checkHistory(tell(...lines), { guarantee, store: REDIS }).map(({ rule }) => rule);

const first: Line[] = [{ kind: 'requested' }, { kind: 'entered' }, { kind: 'executed' }];
const second: Line[] = first.map((line) => ({ ...line, process: 'p2', request: 'r2', attempt: 2 }));
const answer = (digest: string, code?: string): Line => ({
  kind: 'answered',
  status: code ? 409 : 201,
  digest,
  ...(code && { code }),
});
const left: Line = { kind: 'left', how: 'answered' };

describe('a history', () => {
  it('is as promised when one execution gives one answer', () => {
    expect(rules(AT_MOST_ONCE, ...first, left, answer('a'), answer('a'))).toEqual([]);
  });

  it('must not have a second execution without a reason', () => {
    expect(rules(AT_LEAST_ONCE, ...first, left, ...second)).toEqual(['ran-twice']);
    expect(rules(AT_LEAST_ONCE, ...first, { kind: 'killed' }, ...second)).toEqual([]);
    expect(rules(AT_LEAST_ONCE, ...first, { kind: 'killed', process: 'p3' }, ...second)).toContain(
      'ran-twice',
    );
  });

  it('must not have a second execution after a crash where none may follow', () => {
    expect(rules(AT_MOST_ONCE, ...first, { kind: 'killed' }, ...second)).toEqual(['ran-twice']);
    const resolved: Line = { kind: 'resolved', as: 'not-applied' };
    expect(rules(AT_MOST_ONCE, ...first, { kind: 'killed' }, resolved, ...second)).toEqual([]);
    const lost: Line = { kind: 'store', what: 'failed-over' };
    expect(rules(AT_MOST_ONCE, ...first, lost, ...second)).toEqual([]);
  });

  it('must not have two executions side by side, unless a lease ended', () => {
    const both = [...first, ...second, left];
    expect(rules(AT_LEAST_ONCE, ...both)).toContain('side-by-side');
    expect(rules(AT_LEAST_ONCE, { kind: 'requested' }, { kind: 'paused' }, ...both)).toEqual([]);
  });

  it('must not have two answers, nor one of another key', () => {
    expect(rules(AT_LEAST_ONCE, ...first, answer('a'), answer('b'))).toEqual(['two-answers']);
    const other = { ...answer('a'), key: 'other' } as Line;
    expect(rules(AT_LEAST_ONCE, ...first, answer('a'), other)).toEqual(['crossed']);
  });

  it('must not call uncertain what is not, nor expired what is young', () => {
    const uncertain = answer('x', 'IDEMPOTENCY_UNCERTAIN');
    expect(rules(AT_MOST_ONCE, ...first, uncertain)).toEqual(['uncertain']);
    expect(rules(AT_MOST_ONCE, ...first, { kind: 'killed' }, uncertain)).toEqual([]);
    expect(rules(AT_LEAST_ONCE, ...first, { kind: 'killed' }, uncertain)).toEqual(['uncertain']);
    expect(rules(AT_MOST_ONCE, ...first, answer('x', 'IDEMPOTENCY_KEY_EXPIRED'))).toEqual(['answer-lost']);
  });

  it('must not have an execution that nobody asked for', () => {
    expect(rules(AT_LEAST_ONCE, { kind: 'executed' })).toEqual(['ran-unasked']);
  });

  it('may have seen a store that was away, from before the request on', () => {
    const away: Line = { kind: 'store', what: 'down' };
    expect(rules(AT_LEAST_ONCE, away, ...first, left, ...second)).toEqual([]);
    const back: Line = { kind: 'store', what: 'up' };
    expect(rules(AT_LEAST_ONCE, away, back, ...first, left, ...second)).toEqual(['ran-twice']);
  });
});
