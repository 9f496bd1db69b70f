import 'reflect-metadata';
import { wrapHandler } from '../../../lib/bootstrap/wrap-handler.js';
import { runAs, type Execution } from '../../../lib/execution/current-execution.js';

class Orders {
  private readonly shop = 'corner';

  create(id: number) {
    return `${this.shop} ${id}`;
  }
}

function execution(handler: unknown, entered: string[]): Execution {
  return {
    handler,
    key: 'k',
    reference: 'record',
    attempt: 1,
    replayed: false,
    signal: new AbortController().signal,
    notApplied: () => undefined,
    effect: () => Promise.reject(new Error('not here')),
    ownTransactions: () => {
      throw new Error('not here');
    },
    enter: (run) => {
      entered.push('entered');
      return run();
    },
  };
}

describe('a wrapped handler', () => {
  const original = Orders.prototype.create;
  Reflect.defineMetadata('path', 'orders', original);
  const wrapper = wrapHandler(Orders.prototype, 'create');

  it('[B57] called by a unit test is the method itself', () => {
    expect(new Orders().create(1)).toBe('corner 1');
  });

  it('looks like the method: name, metadata, place on the prototype', () => {
    expect(Orders.prototype.create).toBe(wrapper);
    expect(wrapper.name).toBe('create');
    expect(Reflect.getMetadata('path', wrapper)).toBe('orders');
  });

  it('is wrapped once, however often it is asked for', () => {
    expect(wrapHandler(Orders.prototype, 'create')).toBe(wrapper);
  });

  it('of a subclass is another one, around the method of the base class', () => {
    class Parcels extends Orders {}
    const inherited = wrapHandler(Parcels.prototype, 'create');
    const entered: string[] = [];
    expect(inherited).not.toBe(wrapper);
    expect(runAs(execution(inherited, entered), () => new Parcels().create(2))).toBe('corner 2');
    expect(entered).toEqual(['entered']);
    expect(Orders.prototype.create).toBe(wrapper);
  });

  it('is entered by the request it answers, and by no other', () => {
    const entered: string[] = [];
    runAs(execution(wrapper, entered), () => new Orders().create(1));
    expect(entered).toEqual(['entered']);
    runAs(
      execution(() => undefined, entered),
      () => new Orders().create(1),
    );
    expect(entered).toEqual(['entered']);
  });
});
