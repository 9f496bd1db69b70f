import { Seeded } from '../unit/http/seeded.js';

/** A fault, at a time counted from the beginning of the run. Durations in ms. `server` is an index. */
export type Fault = { readonly at: number } & (
  | { readonly kind: 'kill'; readonly server: number; readonly lasts: number }
  | { readonly kind: 'stop'; readonly server: number; readonly lasts: number }
  | { readonly kind: 'cut'; readonly server: number }
  | { readonly kind: 'cut-reply'; readonly server: number; readonly after: number }
  | { readonly kind: 'black-hole'; readonly server: number; readonly lasts: number; readonly lose: boolean }
  | { readonly kind: 'refuse'; readonly server: number; readonly lasts: number }
  | { readonly kind: 'delay'; readonly server: number; readonly lasts: number; readonly by: number }
  | { readonly kind: 'client-pause'; readonly lasts: number }
  | { readonly kind: 'script-flush' }
  | { readonly kind: 'redis-restart'; readonly lasts: number }
);

export interface FaultSettings {
  readonly seed: number;
  readonly servers: number;
  readonly lease: number;
  readonly storeTimeout: number;
  /** ms; all faults are over by then. */
  readonly duration: number;
}

/** Each as often as it is named. */
const KINDS = [
  ...[
    'kill',
    'kill',
    'stop',
    'stop',
    'stop',
    'stop',
    'cut',
    'cut-reply',
    'cut-reply',
    'cut-reply',
    'black-hole',
    'black-hole',
  ],
  ...['refuse', 'delay', 'client-pause', 'script-flush', 'redis-restart'],
] as Fault['kind'][];

/** All faults of a run, in order. A process, its network, and the store have one fault at a time each. */
export function faultsOf(settings: FaultSettings): Fault[] {
  const random = new Seeded(settings.seed * 1_013 + 7);
  const { duration, lease } = settings;
  const busy = new Map<string, number>();
  const faults: Fault[] = [];
  for (let at = 200; at < duration; at += 50 + random.int(lease / 4)) {
    const fault = draw(random, at, settings);
    const target = targetOf(fault);
    const ends = at + ('lasts' in fault ? fault.lasts : 0);
    if (ends > duration || (busy.get(target) ?? 0) > at) continue;
    // Time to be healthy in: a fault that never ends proves little.
    busy.set(target, ends + (fault.kind === 'kill' ? lease : lease / 2));
    faults.push(fault);
  }
  return faults;
}

function targetOf(fault: Fault): string {
  if (!('server' in fault)) return 'store';
  return `${fault.kind === 'kill' || fault.kind === 'stop' ? 'process' : 'network'} ${fault.server}`;
}

function draw(random: Seeded, at: number, { servers, lease, storeTimeout }: FaultSettings): Fault {
  const kind = random.pick(KINDS);
  const server = random.int(servers);
  const upTo = (ms: number) => random.int(ms);
  switch (kind) {
    case 'kill':
      return { at, kind, server, lasts: upTo(600) };
    case 'stop':
      // Some are back before their lease is over: that excuses nothing.
      return { at, kind, server, lasts: random.int(3) === 0 ? upTo(lease / 3) : lease + upTo(lease) };
    case 'black-hole':
      return { at, kind, server, lasts: storeTimeout + upTo(lease * 1.5), lose: random.int(2) === 0 };
    case 'refuse':
      return { at, kind, server, lasts: upTo(lease) };
    case 'delay':
      return { at, kind, server, lasts: upTo(lease), by: 5 + upTo(storeTimeout / 8) };
    case 'cut-reply':
      return { at, kind, server, after: upTo(30) };
    case 'client-pause':
    case 'redis-restart':
      return { at, kind, lasts: upTo(lease) };
    case 'cut':
      return { at, kind, server };
    case 'script-flush':
      return { at, kind };
  }
}
