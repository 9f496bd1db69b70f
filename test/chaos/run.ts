import { setTimeout as sleep } from 'node:timers/promises';
import { ChaosClient, type Wish } from './chaos-client.js';
import { check, type Verdict } from './checker.js';
import { Cluster, type ClusterSettings } from './cluster.js';
import { now, type HistoryEvent, type Terms } from './history.js';
import { inject } from './inject.js';
import { Journal } from './journal.js';
import { errandsOf } from './plan.js';
import { faultsOf, type Fault } from './plan-faults.js';
import { isOver, settle } from './settle.js';
import { onStall } from './stalls.js';

export interface ChaosSettings extends Omit<ClusterSettings, 'lease' | 'storeTimeout'> {
  /** The same seed gives the same faults and requests; their timing may differ. */
  readonly seed: number;
  readonly clients: number;
  /** ms of faults; some seconds more until all keys are settled. */
  readonly duration: number;
}

export interface ChaosReport extends Verdict {
  readonly history: readonly HistoryEvent[];
  readonly faults: readonly Fault[];
  readonly terms: Terms;
}

const TIMING = { lease: 1_500, storeTimeout: 400, recovery: 300, margin: 10_000 };

/** Clients against servers while everything that can fail does; then peace, until every key is settled; then the check. */
export async function runChaos(settings: ChaosSettings): Promise<ChaosReport> {
  const terms: Terms = { ...TIMING, guarantee: settings.guarantee };
  const history: HistoryEvent[] = [];
  const record = (event: HistoryEvent) => void history.push(event);
  const faults = faultsOf({ ...settings, ...TIMING });
  const cluster = await Cluster.start({ ...settings, ...TIMING });
  // The networks are in this process: while it stands still, nobody reaches the store.
  const calmDown = onStall(terms.lease / 6, (at, until) =>
    record({ kind: 'trouble', at, until, what: 'the runner stood still' }),
  );
  try {
    const begin = now();
    const ends = begin + settings.duration;
    const clients = Array.from({ length: settings.clients }, (_, index) => runClient(index, ends));
    const done = faults.map(async (fault) => {
      await sleep(begin + fault.at - now());
      await inject(fault, cluster, record);
    });
    await Promise.all([...done, sleep(settings.duration)]);
    for (const network of cluster.networks) network.heal();
    record({ kind: 'calm', at: now() });
    await Promise.all(clients);
    const settler = new ChaosClient('settler', record, terms.lease * 4);
    await settle({ wishes: wishesIn(history), servers: cluster.servers, client: settler, terms });
    history.push(...Journal.read(cluster.journal));
  } finally {
    calmDown();
    await cluster.stop();
  }
  return { ...check(history, terms), history, faults, terms };

  async function runClient(index: number, ends: number): Promise<void> {
    const client = new ChaosClient(`client ${index}`, record, terms.lease * 4);
    for (const { scope, key, tries } of errandsOf(index, { ...settings, ...TIMING })) {
      for (const planned of tries) {
        await sleep(planned.pause);
        if (now() > ends) return;
        const answer = await client.send(
          { scope, key, question: 'first' },
          cluster.servers[planned.server]!,
          planned,
        );
        if (answer && isOver(answer)) break;
      }
    }
  }
}

function wishesIn(history: readonly HistoryEvent[]): Wish[] {
  const wishes = new Map<string, Wish>();
  for (const event of history) {
    if (event.kind !== 'requested') continue;
    const { scope, key } = event;
    wishes.set(JSON.stringify([scope, key]), { scope, key, question: 'first' });
  }
  return [...wishes.values()];
}
