// Processes of the shop under exactly-once, for tests that stop, kill and ask them.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { buildChild } from './child-build.js';
import { send, type Answer, type Platform } from './create-app.js';
import type { ExactPoint, ExactSettings, FromExact, ToExact } from './exact-app.js';
import { until } from './fault-gate.js';
import type { Place } from './postgres-store.js';

/** ms. Short: what was killed is waited for. */
const LEASE = 300;

/** What the shop keeps beside its records. */
export const shopTables = (schema: string): string => `
  CREATE TABLE "${schema}".orders (id bigserial, key text, xid xid8 DEFAULT pg_current_xact_id());
  CREATE TABLE "${schema}".asked (what text, key text)`;

export class ExactProcess {
  urls!: Record<Platform, string>;
  /** How many requests have reached the point. */
  reached = 0;
  backends: readonly number[] = [];

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message: FromExact) => {
      if (message.kind === 'listens') {
        this.urls = message.urls;
      } else {
        this.reached++;
        this.backends = message.backends;
      }
    });
  }

  static async start({ schema }: Pick<Place, 'schema'>, url: string): Promise<ExactProcess> {
    const settings: ExactSettings = { url, schema, lease: LEASE };
    const child = fork(buildChild('test/support/exact-app.ts'), {
      env: { PATH: process.env.PATH, NODE_ENV: 'test', EXACT_SETTINGS: JSON.stringify(settings) },
    });
    const started = new ExactProcess(child);
    while (!started.urls) await Promise.race([once(child, 'message'), once(child, 'exit').then(failed)]);
    return started;
  }

  /** Requests stop there from now on. */
  stopAt(point: ExactPoint): void {
    this.reached = 0;
    this.tell({ kind: 'stop at', point });
  }

  goOn(): void {
    this.tell({ kind: 'go on' });
  }

  order(platform: Platform, key: string, path = 'orders'): Promise<Answer> {
    return send(`${this.urls[platform]}/${path}`, { key });
  }

  /** The answer that a client gets in the end. */
  async insist(platform: Platform, key: string, path?: string): Promise<Answer> {
    let answer!: Answer;
    await until(async () => (answer = await this.order(platform, key, path)).status !== 409);
    return answer;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  private tell(message: ToExact): void {
    this.child.send(message);
  }
}

const failed = () => {
  throw new Error('The process ended before it listened.');
};
