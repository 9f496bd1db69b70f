import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosClient, Wish } from './chaos-client.js';
import type { ChaosServer } from './chaos-server.js';
import { isFinal, isUncertain } from './check-answers.js';
import { now, type Answered, type Terms } from './history.js';

/** How many keys are settled at the same time. */
const AT_ONCE = 12;
/** ms between tries. */
const PAUSE = 100;

/** There is nothing more that a client can do. */
export const isOver = (answer: Answered): boolean => isFinal(answer) || isUncertain(answer);

interface Peace {
  readonly wishes: readonly Wish[];
  readonly servers: readonly ChaosServer[];
  readonly client: ChaosClient;
  readonly terms: Terms;
}

/** With faults over, asks for every key until it has a final answer or its time is up; then once more elsewhere. */
export async function settle({ wishes, servers, client, terms }: Peace): Promise<void> {
  const ends = now() + terms.lease + terms.margin;
  const open = [...wishes];
  const next = async () => {
    for (let wish = open.pop(); wish; wish = open.pop()) await settleOne(wish);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));

  async function settleOne(wish: Wish): Promise<void> {
    for (let i = 0; now() < ends; i++) {
      const server = (step: number) => servers[(i + step) % servers.length]!;
      const answer = await client.send(wish, server(0), { work: 0, outcome: 'ok' });
      if (answer && isOver(answer)) {
        await client.send(wish, server(1), { work: 0, outcome: 'ok' });
        const other = { ...wish, question: 'another' };
        return void (await client.send(other, server(1), { work: 0, outcome: 'ok' }));
      }
      await sleep(PAUSE);
    }
  }
}
