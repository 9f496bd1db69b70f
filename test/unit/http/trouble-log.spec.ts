import { StoreUnavailableError } from 'nestjs-idempotency';
import { TroubleLog } from '../../../lib/http/trouble-log.js';
import { logger } from '../../../lib/idempotency.logger.js';

const CALLER_UNRESOLVED = 'IDEMPOTENCY_CALLER_UNRESOLVED';

describe('the log of troubles', () => {
  let now = 0;
  let log: TroubleLog;
  let lines: unknown[];

  beforeEach(() => {
    now = 0;
    log = new TroubleLog(() => now);
    lines = [];
    jest.spyOn(logger, 'warn').mockImplementation((line: unknown) => void lines.push(line));
  });
  afterEach(() => jest.restoreAllMocks());

  it('names the operation, the code, the advice and the cause, in one line', () => {
    log.refused('Orders.create', 'IDEMPOTENCY_STORE_UNAVAILABLE', 'Nothing ran.', new Error('no\n  route'));
    expect(lines).toEqual(['Orders.create: IDEMPOTENCY_STORE_UNAVAILABLE: Nothing ran. (no route)']);
  });

  it('says no more than there is', () => {
    log.refused('Orders.create', CALLER_UNRESOLVED, 'Set request.user.', undefined);
    expect(lines).toEqual(['Orders.create: IDEMPOTENCY_CALLER_UNRESOLVED: Set request.user.']);
  });

  it('does not repeat what a parser quotes of its input', () => {
    log.refused('Orders.create', 'IDEMPOTENCY_RESOLVER_FAILED', 'It failed.', thrownBy('{secret'));
    expect(lines).toEqual(['Orders.create: IDEMPOTENCY_RESOLVER_FAILED: It failed. (SyntaxError)']);
  });

  it('tells the same once a minute, for each operation and code', () => {
    const tell = (operation: string, code: string) => log.refused(operation, code, 'x', undefined);
    tell('A', CALLER_UNRESOLVED);
    tell('A', CALLER_UNRESOLVED);
    tell('B', CALLER_UNRESOLVED);
    tell('A', 'IDEMPOTENCY_STORE_FULL');
    now = 59_999;
    tell('A', CALLER_UNRESOLVED);
    expect(lines).toHaveLength(3);
    now = 60_000;
    tell('A', CALLER_UNRESOLVED);
    expect(lines).toHaveLength(4);
  });

  it.each([
    'IDEMPOTENCY_KEY_MISSING',
    'IDEMPOTENCY_KEY_INVALID',
    'IDEMPOTENCY_KEY_REUSED',
    'IDEMPOTENCY_IN_PROGRESS',
    'IDEMPOTENCY_SHUTTING_DOWN',
  ])('has nothing to say about %s', (code) => {
    log.refused('A', code, 'x', undefined);
    expect(lines).toEqual([]);
  });

  it('tells of runs without protection besides refusals', () => {
    const error = new StoreUnavailableError('The store is down.');
    log.refused('A', error.code, 'x', error);
    log.unprotected('A', error);
    log.unprotected('A', error);
    expect(lines.slice(1)).toEqual([
      "A: IDEMPOTENCY_STORE_UNAVAILABLE; ran without protection, by onStoreError: 'proceed' (The store is down.)",
    ]);
  });

  it('remembers a bounded number of operations', () => {
    for (let i = 0; i < 5_000; i++) log.refused(`Operation${i}`, CALLER_UNRESOLVED, 'x', undefined);
    expect((log as unknown as { told: Map<string, number> }).told.size).toBeLessThanOrEqual(1_000);
  });
});

function thrownBy(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    return error;
  }
}
