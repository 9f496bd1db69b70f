import { MemoryStore } from 'nestjs-idempotency';
import { optionProblems } from '../../../lib/bootstrap/validate-options.js';

const NOT_POSITIVE = [0, -1, NaN, Infinity, -Infinity, 1.5, '1000', '1h', true, null, [], {}];
const NOT_ZERO_OR_MORE = NOT_POSITIVE.filter((value) => value !== 0);
const NOT_BOOLEAN = ['true', 'yes', 0, 1, null, {}];
const NOT_FUNCTION = ['user', 1, true, null, {}, []];
const NOT_NAME = [0, NaN, true, null, {}, [], 'usr', '', 'USER'];
const TOO_LONG = 315_360_000_001;

const SHARED: Record<string, readonly unknown[]> = {
  ttl: [...NOT_POSITIVE, TOO_LONG],
  // A third of it, and all of it, fit into a timer of Node.
  lease: [...NOT_POSITIVE, 99, 2_073_600_001, TOO_LONG],
  scope: NOT_NAME,
  required: NOT_BOOLEAN,
  wait: ['1000', 'true', -1, NaN, Infinity, 1.5, 600_001, null, {}, []],
  record: [...NOT_NAME, '2xx'],
  onStoreError: [...NOT_NAME, 'ignore', () => 'proceed'],
  maxBodyBytes: [...NOT_ZERO_OR_MORE, 536_870_913],
  tombstone: [true, -1, NaN, Infinity, 1.5, '7d', 'false', null, {}, [], TOO_LONG],
  guarantee: ['once', 'at-least', 'AT-MOST-ONCE', '', 1, true, false, null, {}, [], () => 'at-most-once'],
  keyAge: ['checked', 'required', '', true, 0, 86_400_000, null, {}, [], () => 'check'],
  preferWait: ['1000', 'true', -1, NaN, Infinity, 1.5, 600_001, null, {}, []],
};
const NOT_COUNT = [...NOT_ZERO_OR_MORE, false, 1_000_001];

const WRONG = {
  route: {
    ...SHARED,
    key: NOT_FUNCTION,
    fingerprint: NOT_FUNCTION,
    operation: ['', ' ', 'a b', 'ümlaut', 'a\nb', 'x'.repeat(129), 1, null, {}, [], () => 'x'],
    enabled: NOT_BOOLEAN,
  },
  module: {
    ...SHARED,
    store: [null, {}, MemoryStore, 'redis', { acquire() {} }, new Map(), { get() {}, set() {} }],
    header: ['', 'Idempotency Key', 'Key:', 'key\r\n', 'x'.repeat(65), 1, null, {}, []],
    principal: NOT_FUNCTION,
    tenant: NOT_FUNCTION,
    storeTimeout: [...NOT_POSITIVE, 600_001],
    secret: ['', 'short', [], ['short'], ['a secret of good length', 'short'], 1, null, {}],
    statuses: [
      null,
      [409],
      409,
      { IDEMPOTENCY_IN_PROGRES: 425 },
      { IDEMPOTENCY_IN_PROGRESS: 200 },
      { IDEMPOTENCY_IN_PROGRESS: '425' },
      { IDEMPOTENCY_IN_PROGRESS: NaN },
      { IDEMPOTENCY_IN_PROGRESS: 600 },
      { toString: 425 },
    ],
    problemTypeBase: ['', 1, null, {}, 'x'.repeat(501)],
    unreplayableHeaders: ['x-trace', [1], [null], null, {}],
    shutdownGrace: [...NOT_ZERO_OR_MORE, 3_600_001],
    onEvent: NOT_FUNCTION,
    onUncertain: NOT_FUNCTION,
    maxWaiters: NOT_COUNT,
    maxWaitersPerKey: NOT_COUNT,
    lifetimeHeader: NOT_BOOLEAN,
    replayCache: [
      ...['true', 0, 1, 5_000, null, [], () => true],
      ...[0, 65_535, 4_294_967_297, 70_000.5, NaN, '1mb', null].map((maxBytes) => ({ maxBytes })),
      ...[0, -1, 3_600_001, 1.5, NaN, Infinity, '5s', null, {}].map((ttl) => ({ ttl })),
      ...[{ size: 1 }, { toString: 1 }, { ttl: 5_000, maxByte: 70_000 }],
    ],
  },
  run: {
    operation: ['', 'a b', 'x'.repeat(129), 1, null, undefined, {}],
    scope: ['', 'x'.repeat(1_025), 1, null, {}],
    ttl: SHARED['ttl']!,
    lease: SHARED['lease']!,
    wait: SHARED['wait']!,
    tombstone: SHARED['tombstone']!,
    guarantee: SHARED['guarantee']!,
  },
} as const;

const asFunction = () => undefined;
const RIGHT = {
  route: {
    ttl: [1, 86_400_000, 2_592_000_000],
    lease: [100, 30_000, 2_073_600_000],
    scope: ['user', 'tenant', 'public', asFunction],
    required: [true, false],
    wait: [true, false, 0, 600_000],
    record: ['default', 'success', asFunction],
    onStoreError: ['refuse', 'proceed'],
    maxBodyBytes: [0, 1, 536_870_912],
    tombstone: [false, 0, 1, 604_800_000, 315_360_000_000],
    guarantee: ['at-least-once', 'at-most-once'],
    keyAge: [false, 'check', 'require'],
    preferWait: [true, false, 0, 600_000],
    key: [asFunction],
    fingerprint: [asFunction],
    operation: ['payments.create', 'x'.repeat(128)],
    enabled: [true, false],
  },
  module: {
    store: [new MemoryStore()],
    header: ['Idempotency-Key', 'X-Request-Id'],
    principal: [asFunction],
    tenant: [asFunction],
    storeTimeout: [1, 600_000],
    secret: ['a secret of good length', ['a secret of good length']],
    statuses: [{}, { IDEMPOTENCY_IN_PROGRESS: 425 }],
    problemTypeBase: ['https://example.com/errors'],
    unreplayableHeaders: [[], ['x-trace']],
    shutdownGrace: [0, 3_600_000],
    onEvent: [asFunction],
    onUncertain: [asFunction, async () => undefined],
    maxWaiters: [0, 1, 1_000_000],
    maxWaitersPerKey: [0, 1, 1_000_000],
    lifetimeHeader: [true, false],
    replayCache: [
      ...[true, false, {}, { ttl: 1 }, { ttl: 3_600_000, maxBytes: 65_536 }, { maxBytes: 4_294_967_296 }],
      { ttl: undefined, maxBytes: undefined },
    ],
    tombstone: [false, 0, 1],
    guarantee: ['at-least-once', 'at-most-once'],
    keyAge: [false, 'check', 'require'],
    preferWait: [true, false, 0, 600_000],
  },
  run: {
    fingerprint: [null, 1, { a: 1 }],
    scope: ['tenant-1'],
    ttl: [1],
    lease: [100],
    wait: [0, true],
    tombstone: [false, 0, 1],
    guarantee: ['at-least-once', 'at-most-once'],
  },
} as const;

type Kind = keyof typeof WRONG;
const needed = (kind: Kind) => (kind === 'run' ? { operation: 'job' } : {});
const cases = (table: Record<Kind, Record<string, readonly unknown[]>>) =>
  (Object.keys(table) as Kind[]).flatMap((kind) =>
    Object.entries(table[kind]).flatMap(([name, values]) => values.map((value) => ({ kind, name, value }))),
  );

describe('an option with a wrong value', () => {
  it.each(cases(WRONG))(
    '[B49] of the $kind, $name: $value, is one problem that names it',
    ({ kind, name, value }) => {
      const problems = optionProblems(
        kind,
        { ...needed(kind), [name]: value },
        '@Idempotent() on Orders.create',
      );
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(
        new RegExp(`^@Idempotent\\(\\) on Orders\\.create: option "${name}" is .+; .*${name}`),
      );
    },
  );

  it('is told with the values that are right', () => {
    const [problem] = optionProblems('route', { scope: 'usr' }, 'here');
    expect(problem).toContain('"usr"');
    expect(problem).toContain('user, tenant, public');
  });

  it.each([
    [
      'module',
      'ttl',
      '24h',
      'is "24h"; ttl must be a whole number of milliseconds from 1 to 315_360_000_000 (24 hours are 86_400_000).',
    ],
    [
      'route',
      'lease',
      30.5,
      'is 30.5; lease must be a whole number of milliseconds from 100 to 2_073_600_000 (10 seconds are 10_000).',
    ],
    [
      'route',
      'wait',
      '5s',
      'is "5s"; wait must be a whole number of milliseconds from 0 to 600_000 (10 seconds are 10_000), or true or false.',
    ],
    [
      'module',
      'storeTimeout',
      0,
      'is 0; storeTimeout must be a whole number of milliseconds from 1 to 600_000 (10 seconds are 10_000).',
    ],
    [
      'module',
      'shutdownGrace',
      '1',
      'is "1"; shutdownGrace must be a whole number of milliseconds from 0 to 3_600_000 (10 seconds are 10_000).',
    ],
    [
      'route',
      'tombstone',
      '7d',
      'is "7d"; tombstone must be a whole number of milliseconds from 0 to 315_360_000_000 (7 days are 604_800_000), or false.',
    ],
    [
      'route',
      'preferWait',
      '10',
      'is "10"; preferWait must be a whole number of milliseconds from 0 to 600_000 (10 seconds are 10_000), or true or false.',
    ],
    ['module', 'keyAge', true, "is true; keyAge must be 'check', 'require' or false."],
    [
      'route',
      'guarantee',
      'once',
      'is "once"; guarantee must be one of the following values: at-least-once, at-most-once, exactly-once.',
    ],
    ['module', 'onUncertain', 'log', 'is "log"; onUncertain must be a function.'],
    ['module', 'lifetimeHeader', 'yes', 'is "yes"; lifetimeHeader must be true or false.'],
    ['module', 'maxWaiters', -1, 'is -1; maxWaiters must not be less than 0.'],
    [
      'module',
      'maxWaitersPerKey',
      1_000_001,
      'is 1000001; maxWaitersPerKey must not be greater than 1000000.',
    ],
    ['route', 'scope', 'users', 'is "users"; scope must be one of user, tenant, public, or a function.'],
    ['route', 'record', '2xx', 'is "2xx"; record must be one of default, success, or a function.'],
  ] as const)('of the %s, %s: %p, says exactly what is right', (kind, name, value, sentence) => {
    expect(optionProblems(kind, { [name]: value }, 'here')).toEqual([`here: option "${name}" ${sentence}`]);
  });

  it.each([
    [{ IDEMPOTENCY_IN_PROGRES: 425 }, 'there is no code "IDEMPOTENCY_IN_PROGRES"'],
    [{ IDEMPOTENCY_KEY_REUSED: 409, IDEMPOTENCY_IN_PROGRESS: '425' }, 'IDEMPOTENCY_IN_PROGRESS is "425"'],
    [{ IDEMPOTENCY_IN_PROGRESS: 200 }, 'IDEMPOTENCY_IN_PROGRESS is 200'],
  ])('of statuses, %p, names the wrong member', (statuses, said) => {
    const [problem] = optionProblems('module', { statuses }, 'here');
    expect(problem).toMatch(new RegExp(`from 400 to 599: ${said}\\.$`));
  });

  it.each([
    ['5s', ''],
    [{ ttl: '5s' }, ': ttl is "5s"'],
    [{ maxBytes: 1, ttl: null, size: 2 }, ': maxBytes is 1, ttl is of type object, there is no "size"'],
  ])('of replayCache, %p, says what is right, and names the wrong member', (replayCache, said) => {
    const [problem] = optionProblems('module', { replayCache }, 'here');
    expect(problem).toContain(
      '; replayCache must be true, false, or an object with maxBytes (a whole number of bytes from 65_536 to 4_294_967_296) ' +
        `and ttl (a whole number of milliseconds from 1 to 3_600_000)${said}.`,
    );
  });

  it('is never shown if it is a secret', () => {
    const problems = optionProblems('module', { secret: 'hunter2' }, 'here').join();
    expect(problems).toContain('secret');
    expect(problems).not.toContain('hunter2');
  });

  it('is told together with all the others', () => {
    expect(optionProblems('module', { ttl: 0, lease: NaN, scoped: 'user' }, 'here')).toHaveLength(3);
  });
});

describe('an option with a right value', () => {
  it.each(cases(RIGHT))('of the $kind, $name: $value, is no problem', ({ kind, name, value }) => {
    expect(optionProblems(kind, { ...needed(kind), [name]: value }, 'here')).toEqual([]);
  });

  it.each(cases({ ...RIGHT, run: {} as never }))(
    'of the $kind, $name, may be undefined',
    ({ kind, name }) => {
      expect(optionProblems(kind, { ...needed(kind), [name]: undefined }, 'here')).toEqual([]);
    },
  );
});

describe('an option with an unknown name', () => {
  it.each([
    ['route', 'tll', 'ttl'],
    ['route', 'TTL', 'ttl'],
    ['route', 'ttlMs', 'ttl'],
    ['route', 'scopes', 'scope'],
    ['route', 'require', 'required'],
    ['route', 'fingerPrint', 'fingerprint'],
    ['route', 'onStoreErorr', 'onStoreError'],
    ['module', 'stores', 'store'],
    ['module', 'storeTimeOut', 'storeTimeout'],
    ['module', 'headers', 'header'],
    ['module', 'secrets', 'secret'],
    ['module', 'onEvents', 'onEvent'],
    ['module', 'onUncertainty', 'onUncertain'],
    ['module', 'maxWaiter', 'maxWaiters'],
    ['module', 'lifeTimeHeader', 'lifetimeHeader'],
    ['module', 'replaycache', 'replayCache'],
    ['route', 'tombstones', 'tombstone'],
    ['route', 'guarantees', 'guarantee'],
    ['route', 'keyAges', 'keyAge'],
    ['route', 'preferwait', 'preferWait'],
    ['run', 'guarantied', 'guarantee'],
    ['run', 'operations', 'operation'],
    ['run', 'scoped', 'scope'],
  ] as const)('[B54] of the %s, %s, is refused with the nearest right one, %s', (kind, wrong, right) => {
    const problems = optionProblems(kind, { ...needed(kind), [wrong]: 1 }, 'here');
    expect(problems).toEqual([`here: there is no option "${wrong}"; did you mean "${right}"?`]);
  });

  it.each([
    ['module', 'cacheTTLMS', 'did you mean "ttl"?'],
    ['module', 'storage', 'did you mean "store"?'],
    ['module', 'idempotencyKey', 'did you mean "header"?'],
    ['route', 'enforceIdempotency', 'did you mean "required"?'],
    ['route', 'idempotencyKeyExtractor', 'did you mean "key"?'],
    [
      'module',
      'idempotencyKeyExtractor',
      'did you mean "key"? It is an option of a route: set it in @Idempotent().',
    ],
    ['route', 'timeout', 'did you mean "lease" or "wait"?'],
    ['run', 'expires', 'did you mean "ttl"?'],
  ] as const)('of the %s, %s, which others have, is told by ours', (kind, wrong, said) => {
    const problems = optionProblems(kind, { ...needed(kind), [wrong]: 1 }, 'here');
    expect(problems).toEqual([`here: there is no option "${wrong}"; ${said}`]);
  });

  it('is told with all options when it is near to none', () => {
    const [problem] = optionProblems('run', { operation: 'job', concurrency: 2 }, 'here');
    expect(problem).toMatch(
      /^here: there is no option "concurrency"; the options are operation, .*wait.*\.$/,
    );
    expect(problem).not.toContain('did you mean');
  });

  it.each([
    ['route', 'storeTimeout', 'it is an option of the module: set it in IdempotencyModule.forRoot().'],
    ['run', 'secret', 'it is an option of the module: set it in IdempotencyModule.forRoot().'],
    ['route', 'maxWaiters', 'it is an option of the module: set it in IdempotencyModule.forRoot().'],
    ['route', 'onUncertain', 'it is an option of the module: set it in IdempotencyModule.forRoot().'],
    ['module', 'operation', 'it is an option of a route: set it in @Idempotent().'],
    ['module', 'enabled', 'it is an option of a route: set it in @Idempotent().'],
  ] as const)('of the %s, %s, is sent where it belongs', (kind, name, said) => {
    const problems = optionProblems(kind, { ...needed(kind), [name]: 1 }, 'here');
    expect(problems).toEqual([`here: there is no option "${name}"; ${said}`]);
  });
});

describe('options that are no object', () => {
  it.each([null, 'user', 1, true, [], asFunction, undefined])('%p are refused', (options) => {
    expect(optionProblems('module', options, 'here')).toEqual(['here: the options must be an object.']);
  });
});
