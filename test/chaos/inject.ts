import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.js';
import { now, type HistoryEvent } from './history.js';
import type { Fault } from './plan-faults.js';

/** Does a fault, ends it, and writes down when it really was. Resolves when it is over. */
export async function inject(
  fault: Fault,
  cluster: Cluster,
  record: (event: HistoryEvent) => void,
): Promise<void> {
  const { servers, networks, admin } = cluster;
  const server = 'server' in fault ? servers[fault.server]! : undefined;
  const network = 'server' in fault ? networks[fault.server]! : undefined;
  const process = server?.name;
  const what = fault.kind;
  const from = now();
  /** The store was out of reach for these processes since the beginning of the fault. */
  const troubled = (until = now()) =>
    record({ kind: 'trouble', at: from, until, what, ...(process && { process }) });
  switch (fault.kind) {
    case 'kill':
      record({ kind: 'killed', at: from, process: process! });
      await server!.kill();
      await sleep(fault.lasts);
      return server!.start();
    case 'stop':
      server!.signal('SIGSTOP');
      await sleep(fault.lasts);
      server!.signal('SIGCONT');
      record({ kind: 'paused', at: from, until: now(), process: process!, what });
      return record({ kind: 'resumed', at: now(), process: process! });
    case 'cut':
      network!.cut();
      return troubled();
    case 'cut-reply':
      await Promise.race([network!.cutReply({ after: fault.after }), sleep(1_000)]);
      return troubled(from);
    case 'black-hole':
      network!.blackHole();
      await sleep(fault.lasts);
      if (fault.lose) network!.cut();
      network!.heal();
      return troubled();
    case 'refuse':
      network!.refuse();
      network!.cut();
      await sleep(fault.lasts);
      network!.heal();
      return troubled();
    case 'delay':
      // Short of the store's timeout: nothing is excused by it.
      network!.delay(fault.by);
      await sleep(fault.lasts);
      return network!.delay(0);
    case 'client-pause':
      await admin.call('CLIENT', 'PAUSE', String(Math.ceil(fault.lasts)), 'ALL');
      await sleep(fault.lasts);
      return troubled();
    case 'script-flush':
      return void (await admin.script('FLUSH'));
    case 'redis-restart':
      await cluster.restartRedis(() => sleep(fault.lasts));
      return troubled();
  }
}
