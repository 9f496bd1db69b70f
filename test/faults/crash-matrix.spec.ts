import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { PLATFORMS } from '../support/create-app.js';
import { MatrixProcess } from '../support/matrix-process.js';
import { Scene, type Setting, type Stage } from '../support/matrix-scene.js';
import {
  afterProcessFault,
  POINTS,
  PROCESS_FAULTS,
  type Outcome,
  type ProcessFault,
} from '../support/matrix-table.js';

const GUARANTEES = ['at-least-once', 'at-most-once'] as const;
const LEASE = 1_500;

/** Only a process that lives on can say something about what it keeps in memory. */
const cellsOf = (fault: ProcessFault) =>
  POINTS.flatMap((point) =>
    GUARANTEES.flatMap((guarantee) =>
      PLATFORMS.flatMap((platform) =>
        (fault === 'throws' ? (['redis', 'memory'] as const) : (['redis'] as const)).map((store) => ({
          ...{ point, guarantee, platform, store },
          name: `at ${point}, ${guarantee}, on ${platform} with ${store}`,
        })),
      ),
    ),
  );

/** All cells of a fault at once: each request is at its point when the fault comes. */
async function play(fault: ProcessFault, stage: Stage): Promise<Map<string, Partial<Outcome>>> {
  const cells = cellsOf(fault);
  const scenes = cells.map((cell) => new Scene(cell as Setting, stage));
  const all = (act: (scene: Scene) => Promise<unknown>) => Promise.all(scenes.map(act));
  await all((scene) => scene.begin(cells[scenes.indexOf(scene)]!.point));
  await all((scene) => scene.duplicate());
  if (fault === 'throws') scenes.forEach((scene) => scene.go(true));
  else if (fault === 'is killed') stage.home.tell({ kind: 'raise', signal: 'SIGKILL' });
  else {
    stage.home.tell({ kind: 'raise', signal: 'SIGSTOP' });
    await all((scene) => scene.lapse());
    stage.home.resume();
  }
  await all((scene) => scene.firstAnswer());
  const seen = await all((scene) => scene.settle());
  return new Map(cells.map(({ name }, i) => [name, seen[i] as Partial<Outcome>]));
}

describe('a process', () => {
  const processes: MatrixProcess[] = [];
  const admin = new Redis(Number(process.env.TEST_REDIS_PORT));
  const results = new Map<ProcessFault, Promise<Map<string, Partial<Outcome>>>>();

  beforeAll(async () => {
    const port = Number(process.env.TEST_REDIS_PORT);
    const prefix = `${randomUUID()}:`;
    const settings = { lease: LEASE, storeTimeout: 5_000, prefix, storePort: port, effectPort: port };
    // One for each fault, and one that none hits.
    const starting = [...PROCESS_FAULTS, 'none'].map(() => MatrixProcess.start(settings));
    processes.push(...(await Promise.all(starting)));
    const peer = processes.at(-1)!;
    for (const [i, fault] of PROCESS_FAULTS.entries()) {
      const playing = play(fault, { home: processes[i]!, peer, admin, prefix });
      playing.catch(() => undefined);
      results.set(fault, playing);
    }
  }, 60_000);

  afterAll(async () => {
    await Promise.all(processes.map((process) => process.kill()));
    admin.disconnect();
  });

  describe.each(PROCESS_FAULTS)('that %s', (fault) => {
    it.each(cellsOf(fault))('$name', async ({ name, point, guarantee }) => {
      expect((await results.get(fault)!).get(name)).toEqual(afterProcessFault(fault, point, guarantee));
    });
  });

  it('never fails where nobody is told', async () => {
    await Promise.all(results.values());
    expect(processes.flatMap(({ bugs }) => bugs)).toEqual([]);
  });
});
