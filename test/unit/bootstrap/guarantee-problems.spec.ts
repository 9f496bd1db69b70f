import { guaranteeProblems } from '../../../lib/bootstrap/guarantee-problems.js';
import type { HandlerPlan } from '../../../lib/bootstrap/handler-plan.js';
import type { StoreCapabilities } from '../../../lib/store/idempotency-store.js';

const storeOf = (durable: boolean): StoreCapabilities => ({
  name: 'memory',
  durable,
  shared: false,
  clock: 'process',
  notifies: true,
});
const plan = (
  label: string,
  guarantee: 'at-least-once' | 'at-most-once',
  onStoreError: 'refuse' | 'proceed' = 'refuse',
) => ({ label, options: { guarantee, onStoreError } as HandlerPlan['options'] });

const RELAXED = plan('Orders.list', 'at-least-once');
const STRICT = plan('Orders.pay', 'at-most-once');

describe('the guarantees of routes, when the application starts', () => {
  const { NODE_ENV } = process.env;
  const inEnvironment = (name: string | undefined) => {
    if (name === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = name;
  };
  afterEach(() => inEnvironment(NODE_ENV));

  it.each(['production', 'staging', '', undefined])(
    'are refused where the store cannot keep them, with NODE_ENV=%s',
    (name) => {
      inEnvironment(name);
      const { problems, warnings } = guaranteeProblems(
        [STRICT, RELAXED, plan('Payouts.send', 'at-most-once')],
        storeOf(false),
      );
      expect(warnings).toEqual([]);
      expect(problems).toEqual([
        'The store "memory" forgets its records when the process ends, so it cannot keep guarantee \'at-most-once\' ' +
          "(Orders.pay, Payouts.send). Use a durable store, for instance new RedisStore({ client }), or 'at-least-once'. " +
          'With NODE_ENV development or test this is a warning only.',
      ]);
    },
  );

  it.each(['development', 'test'])('are warned about instead with NODE_ENV=%s', (name) => {
    inEnvironment(name);
    const { problems, warnings } = guaranteeProblems([STRICT, RELAXED], storeOf(false));
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^The store "memory" forgets .*\(Orders\.pay\)\. Elsewhere .* this is refused\.$/,
      ),
    ]);
  });

  it.each(['production', 'development'])('are fine on a durable store with NODE_ENV=%s', (name) => {
    inEnvironment(name);
    expect(guaranteeProblems([STRICT, RELAXED], storeOf(true))).toEqual({ problems: [], warnings: [] });
  });

  it('are fine on any store where nothing more than at-least-once is promised', () => {
    inEnvironment('production');
    const plans = [RELAXED, plan('Orders.log', 'at-least-once', 'proceed')];
    expect(guaranteeProblems(plans, storeOf(false))).toEqual({ problems: [], warnings: [] });
    expect(guaranteeProblems([], storeOf(false))).toEqual({ problems: [], warnings: [] });
  });

  it.each(['production', 'development', 'test'])(
    'exclude going on without the store, one problem for each route, with NODE_ENV=%s',
    (name) => {
      inEnvironment(name);
      const plans = [
        plan('Orders.pay', 'at-most-once', 'proceed'),
        STRICT,
        plan('A.b', 'at-most-once', 'proceed'),
      ];
      expect(guaranteeProblems(plans, storeOf(true))).toEqual({
        problems: [
          expect.stringMatching(/^@Idempotent\(\) on Orders\.pay: .*onStoreError 'proceed'.*'refuse'/),
          expect.stringMatching(/^@Idempotent\(\) on A\.b: .*onStoreError 'proceed'.*'refuse'/),
        ],
        warnings: [],
      });
    },
  );

  it('tell all there is: a store that forgets, and a route that goes on without it', () => {
    inEnvironment('production');
    const { problems } = guaranteeProblems([plan('Orders.pay', 'at-most-once', 'proceed')], storeOf(false));
    expect(problems).toHaveLength(2);
  });

  it('reads plans that can be read once only', () => {
    inEnvironment('production');
    expect(guaranteeProblems([STRICT].values(), storeOf(false)).problems).toHaveLength(1);
  });
});
