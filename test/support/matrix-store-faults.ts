// How a store comes to fail one call: in memory by a wrapper, Redis by its network and by what a failover leaves of it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultPoint } from '../../lib/engine/fault-points.js';
import type { MemoryFault, StoreOperation } from './matrix-protocol.js';
import type { Scene, Setting } from './matrix-scene.js';
import type { Outcome, StoreCall } from './matrix-table.js';
import type { TcpProxy } from './tcp-proxy.js';

export interface StoreScene {
  readonly scene: Scene;
  readonly call: StoreCall & Setting;
}

/** The points before a call and after it. */
const AROUND: Record<StoreOperation, FaultPoint[]> = {
  acquire: ['before-acquire', 'after-acquire'],
  // While the request is held; what follows is no part of it.
  extend: ['before-handler'],
  complete: ['before-save', 'after-save'],
  release: ['before-handler'],
};

/** What Redis answers when it has done it: a first attempt gets its fence. */
const DONE: Record<StoreOperation, RegExp> = {
  acquire: /\$16\r\n\d{16}\r\n/,
  extend: /\$4\r\nheld\r\n/,
  complete: /\$9\r\ncompleted\r\n/,
  release: /\$8\r\nreleased\r\n/,
};

const incident = ({ scene }: StoreScene, name: string) =>
  scene.stage.home.hears(
    (told) => told.kind === 'incident' && told.recordId === scene.recordId && told.incident === name,
  );

async function end({ scene }: StoreScene): Promise<Partial<Outcome>> {
  await scene.firstAnswer();
  return scene.settle();
}

export async function inMemory(cell: StoreScene, fault: MemoryFault): Promise<Partial<Outcome>> {
  const { scene, call } = cell;
  const [before, after] = AROUND[call.operation];
  const isLost = fault === 'the store loses the write';
  const stopsAfter = isLost && call.operation === 'acquire';
  await scene.begin(before!, ...(stopsAfter ? [after!] : []));
  const { key } = scene;
  scene.stage.home.tell({ kind: 'break', key, operation: call.operation, fault });
  if (call.operation === 'extend') {
    await scene.stage.home.hears((told) => told.kind === 'broken' && told.key === key);
    if (!isLost) await incident(cell, 'renewal-failed');
  }
  scene.go();
  if (stopsAfter) {
    await scene.at(after!);
    await scene.duplicate();
    scene.go();
  }
  return end(cell);
}

/** Redis cannot be reached for all cells at once; what was sent is lost with its connections, or arrives later. */
export async function timeOut(
  cells: readonly StoreScene[],
  network: TcpProxy,
  isLate: boolean,
): Promise<Partial<Outcome>[]> {
  await Promise.all(cells.map(({ scene, call }) => scene.begin(AROUND[call.operation][0]!)));
  network.blackHole();
  const renewing = cells.filter(({ call }) => call.operation === 'extend');
  const others = cells.filter((cell) => !renewing.includes(cell));
  for (const { scene } of others) scene.go();
  await Promise.all([
    ...others.map(({ scene }) => scene.firstAnswer()),
    ...renewing.map((cell) => incident(cell, 'renewal-failed')),
  ]);
  if (!isLate) network.cut();
  network.heal();
  for (const { scene } of renewing) scene.go();
  return Promise.all(cells.map(end));
}

/** Redis does it, and the connection breaks before it has said so. */
export async function loseReply(cell: StoreScene, network: TcpProxy): Promise<Partial<Outcome>> {
  const { scene, call } = cell;
  await scene.begin(AROUND[call.operation][0]!);
  const lost = network.cutReply({ match: (reply) => DONE[call.operation].test(reply.toString('latin1')) });
  if (call.operation === 'extend') await lost;
  scene.go();
  await lost;
  return end(cell);
}

/** Redis does it, says so, and knows nothing of it afterwards. */
export async function loseWrite(cell: StoreScene): Promise<Partial<Outcome>> {
  const { scene, call } = cell;
  const [before, after] = AROUND[call.operation];
  await scene.begin(before!, ...(after ? [after] : []));
  const putBack = await remember(cell);
  switch (call.operation) {
    case 'acquire':
      scene.go();
      await scene.at(after!);
      await putBack();
      await scene.duplicate();
      scene.go();
      break;
    case 'complete':
      scene.go();
      await scene.at(after!);
      await putBack();
      scene.go();
      break;
    case 'extend':
      await putBack.changed();
      await putBack();
      scene.go();
      break;
    case 'release':
      scene.go();
      await scene.firstAnswer();
      await putBack();
      break;
  }
  return end(cell);
}

/** The record as it is now, to be put back later. */
async function remember({ scene }: StoreScene) {
  const { admin, prefix } = scene.stage;
  const key = `${prefix}{${scene.recordId}}`;
  const [dump, value, left] = await Promise.all([admin.dumpBuffer(key), admin.get(key), admin.pttl(key)]);
  const putBack = async () => {
    await admin.del(key, `${key}t`);
    if (dump) await admin.restore(key, Math.max(left, 0), dump);
  };
  const changed = async () => {
    while ((await admin.get(key)) === value) await sleep(20);
  };
  return Object.assign(putBack, { changed });
}
