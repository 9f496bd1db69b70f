import { scopeParts } from '../../../lib/operations/scope-ref.js';

describe('a scope that an operator names', () => {
  it.each([
    ['public', ['public']],
    [{ user: 'alice' }, ['user', 'alice']],
    [{ user: 42 }, ['user', '42']],
    [{ user: 0 }, ['user', '0']],
    [{ user: 42n }, ['user', '42']],
    [{ tenant: 'acme' }, ['tenant', 'acme']],
    [{ custom: 'eu:acme' }, ['custom', 'eu:acme']],
    [{ custom: 'public' }, ['custom', 'public']],
  ] as const)('%p is part of the record id as %p', (scope, parts) => {
    expect(scopeParts(scope)).toEqual(parts);
  });

  it.each([
    [undefined],
    [null],
    ['alice'],
    [''],
    [42],
    [{}],
    [[]],
    [['user', 'alice']],
    [{ user: '' }],
    [{ user: undefined }],
    [{ user: null }],
    [{ user: {} }],
    [{ user: true }],
    [{ users: 'alice' }],
    [{ public: '1' }],
    [{ user: 'alice', tenant: 'acme' }],
    [{ user: 'alice', tenant: undefined }],
  ])('%p is refused: whose records would it be?', (scope) => {
    expect(() => scopeParts(scope as never)).toThrow(
      expect.objectContaining({
        code: 'IDEMPOTENCY_CONFIGURATION',
        message: expect.stringContaining("'public'"),
      }) as Error,
    );
  });
});
