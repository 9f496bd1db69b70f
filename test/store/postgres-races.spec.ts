import { PostgresStore } from '../../lib/store/postgres/index.js';
import { openPlace, type Place } from '../support/postgres-store.js';
import { begin, claimOf, HOUR, KEPT, RESPONSE } from '../support/redis-round-trip.js';

const isolations = ['read committed', 'repeatable read', 'serializable'];

describe.each(isolations)('[B52] races in Postgres, sessions being %s', (isolation) => {
  let place: Place;
  let store: PostgresStore;
  beforeAll(async () => {
    place = await openPlace({
      max: 10,
      options: `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`,
    });
    store = place.store();
  });
  afterAll(() => place.close());

  /** Begins a transaction in which `first` has happened, and commits when all of `others` wait for it. */
  async function race<One, Other>(
    first: (store: PostgresStore) => Promise<One>,
    others: (() => Promise<Other>)[],
  ): Promise<[One, Other[]]> {
    const client = await place.pool.connect();
    try {
      await client.query('BEGIN');
      const one = await first(place.store({ client }));
      const all = Promise.all(others.map((other) => other()));
      await waiting(others.length);
      await client.query('COMMIT');
      return [one, await all];
    } finally {
      client.release();
    }
  }

  async function waiting(count: number): Promise<void> {
    for (;;) {
      const { rows } = await place.pool.query(
        `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1`,
        [`%${place.schema}%`],
      );
      if (rows.length >= count) return;
    }
  }

  it('of two first claims one is acquired, and the other is told of the winner, though it began before', async () => {
    const claim = claimOf();
    const others = Array.from({ length: 4 }, () => () => store.acquire(claim));
    const [first, answers] = await race((inside) => inside.acquire(claim), others);
    expect(first).toMatchObject({ state: 'acquired', attempt: 1 });
    for (const answer of answers) {
      expect(answer).toMatchObject({ state: 'in-progress', attempt: 1, fingerprint: claim.fingerprint });
    }
  });

  it('a first claim that lost against one that has completed by then is told its response', async () => {
    const claim = claimOf();
    const finish = async (inside: PostgresStore) => {
      const { ref } = await begin(inside, claim);
      return inside.complete(ref, RESPONSE, KEPT);
    };
    const [, [answer]] = await race(finish, [() => store.acquire(claim)]);
    expect(answer).toEqual({ state: 'completed', fingerprint: claim.fingerprint, response: RESPONSE });
  });

  it('of two that take over an expired lease one wins, and the other is told of the second attempt', async () => {
    const { claim, ref } = await begin(store);
    await store.release(ref, 'unknown');
    const others = Array.from({ length: 4 }, () => () => store.acquire(claim));
    const [first, answers] = await race((inside) => inside.acquire(claim), others);
    expect(first).toMatchObject({ state: 'acquired', attempt: 2 });
    for (const answer of answers) expect(answer).toMatchObject({ state: 'in-progress', attempt: 2 });
  });

  it('of many that take over at once, from many connections, one wins, and its fence is greater', async () => {
    const { claim, ref } = await begin(store);
    let last = ref.fence;
    for (let round = 2; round < 12; round++) {
      await store.release({ id: claim.id, fence: last }, 'unknown');
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.acquire(claim)));
      const acquired = answers.filter(({ state }) => state === 'acquired');
      expect(acquired).toEqual([{ state: 'acquired', attempt: round, fence: expect.any(Number) as number }]);
      expect(answers.filter(({ state }) => state === 'in-progress')).toHaveLength(19);
      const { fence } = acquired[0] as { fence: number };
      expect(fence).toBeGreaterThan(last);
      last = fence;
    }
  });

  it('completion that lost against a takeover is told of the attempt that won', async () => {
    const { claim, ref } = await begin(store);
    await store.release(ref, 'unknown');
    const [, [answer]] = await race(
      (inside) => inside.acquire(claim),
      [() => store.complete(ref, RESPONSE, KEPT)],
    );
    expect(answer).toMatchObject({ state: 'lost', record: { state: 'in-progress', attempt: 2 } });
  });

  it('takeover that lost against a completion is told the response', async () => {
    const { claim, ref } = await begin(store);
    await store.release(ref, 'unknown');
    const [, [answer]] = await race(
      (inside) => inside.complete(ref, RESPONSE, KEPT),
      [() => store.acquire(claim)],
    );
    expect(answer).toMatchObject({ state: 'completed', response: RESPONSE });
  });

  it('a claim on a record that is being released makes a new one', async () => {
    const { claim, ref } = await begin(store);
    await store.release(ref, 'unknown');
    const [, [answer]] = await race(
      (inside) => inside.release(ref, 'nothing'),
      [() => store.acquire({ ...claim, lease: HOUR })],
    );
    expect(answer).toMatchObject({ state: 'acquired', attempt: 1 });
  });
});
