import { Seeded } from '../unit/http/seeded.js';

/** What a handler does in a request that comes to run it. */
export type Outcome =
  /** 201: recorded. */
  | 'ok'
  /** 402 said by the handler: recorded like a success. */
  | 'declined'
  /** 429 before the effect: not recorded, nothing happened. */
  | 'busy'
  /** 500 after the effect: not recorded, what happened is unknown. */
  | 'failed';

/** One request. Durations in ms. */
export interface PlannedRequest {
  /** What its client does first. */
  readonly pause: number;
  /** Index of the server. */
  readonly server: number;
  /** How long the handler takes, if this request runs it. */
  readonly work: number;
  readonly outcome: Outcome;
  /** The client leaves so long after sending. */
  readonly leaveAfter?: number;
}

/** A client wants something done: it sends the request, and sends it again until it has a final answer or no more tries. */
export interface Errand {
  readonly scope: string;
  readonly key: string;
  readonly tries: readonly PlannedRequest[];
}

const SCOPES = ['ada', 'bob', 'cyd'];
const KEYS_AT_A_TIME = 4;
/** Errands of one client until the keys change. */
const ERRANDS_PER_KEYS = 2;

/** What one client does, without end. Clients share keys: those of about the same time, and sometimes an old one. */
export function* errandsOf(
  client: number,
  { seed, servers, lease }: { seed: number; servers: number; lease: number },
): Generator<Errand, never> {
  const random = new Seeded(seed * 1_009 + client);
  const chance = (percent: number) => random.int(100) < percent;
  const outcome = (): Outcome =>
    chance(80) ? 'ok' : random.pick<Outcome>(['declined', 'busy', 'failed', 'failed']);
  const request = (): PlannedRequest => ({
    pause: chance(50) ? random.int(20) : random.int(chance(70) ? 200 : lease),
    server: random.int(servers),
    // Most are quick; some need their lease renewed.
    work: chance(50) ? random.int(60) : random.int(lease * 2),
    outcome: outcome(),
    ...(chance(25) && { leaveAfter: random.int(chance(30) ? 100 : lease) }),
  });
  for (let i = 0; ; i++) {
    const generation = Math.floor(i / ERRANDS_PER_KEYS);
    const chosen = generation && chance(15) ? random.int(generation) : generation;
    yield {
      scope: random.pick(SCOPES),
      // The same keys in every scope: they must not meet.
      key: `${chosen}-${random.int(KEYS_AT_A_TIME)}`,
      tries: Array.from({ length: 1 + random.int(9) }, request),
    };
  }
}
