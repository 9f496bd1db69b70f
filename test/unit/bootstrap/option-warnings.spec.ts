import { optionWarnings } from '../../../lib/bootstrap/option-warnings.js';
import type { HandlerPlan } from '../../../lib/bootstrap/handler-plan.js';

const SECRET = ['a secret of good length'];
const plan = (label: string, ttl: number) => ({ label, options: { ttl } as HandlerPlan['options'] });

describe('start-up warnings about options', () => {
  const { NODE_ENV } = process.env;
  afterEach(() => {
    process.env['NODE_ENV'] = NODE_ENV;
  });

  it('say that durations are milliseconds when a ttl is below a second', () => {
    const warnings = optionWarnings({ given: { ttl: 24 }, secrets: SECRET }, [
      plan('Orders.create', 24),
      plan('Orders.pay', 60),
      plan('Orders.cancel', 1_000),
    ]);
    expect(warnings).toEqual([
      expect.stringMatching(/^IdempotencyModule: option "ttl" is 24\. Durations are milliseconds/),
      expect.stringMatching(
        /^@Idempotent\(\) on Orders\.pay: option "ttl" is 60\. Durations are milliseconds/,
      ),
    ]);
  });

  it.each(['development', 'test', 'staging'])('do not ask for a secret with NODE_ENV=%s', (name) => {
    process.env['NODE_ENV'] = name;
    expect(optionWarnings({ given: {}, secrets: [] }, [])).toEqual([]);
  });

  it('ask for a secret in production, once', () => {
    process.env['NODE_ENV'] = 'production';
    expect(optionWarnings({ given: {}, secrets: [] }, [plan('A', 5_000), plan('B', 5_000)])).toEqual([
      expect.stringContaining('Set `secret` in IdempotencyModule.forRoot()'),
    ]);
    expect(optionWarnings({ given: {}, secrets: SECRET }, [])).toEqual([]);
  });
});
