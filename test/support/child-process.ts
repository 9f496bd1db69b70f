// Real processes of the child application, for tests that kill, stop and resume them.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { buildChild } from './child-build.js';
import type { ChildSettings, FromChild, ToChild } from './child-protocol.js';
import { send, type Answer } from './create-app.js';

type Kind = FromChild['kind'];
type Told<K extends Kind> = Extract<FromChild, { kind: K }>;

export class Child {
  url = '';
  readonly told: FromChild[] = [];
  readonly process: ChildProcess;
  /** Exit code and signal. */
  readonly ended: Promise<[number | null, string | null]>;
  private readonly listeners = new Set<() => void>();

  private constructor(settings: ChildSettings) {
    this.process = fork(buildChild(), {
      env: { PATH: process.env.PATH, NODE_ENV: 'test', CHILD_SETTINGS: JSON.stringify(settings) },
      execArgv: ['--enable-source-maps'],
    });
    this.ended = once(this.process, 'exit') as Promise<[number | null, string | null]>;
    this.process.on('message', (message: FromChild) => {
      this.told.push(message);
      for (const listener of this.listeners) listener();
    });
  }

  static async start(settings: ChildSettings): Promise<Child> {
    const child = new Child(settings);
    const failed = child.ended.then(([code]) => {
      throw new Error(`The child ended with ${code} before it listened.`);
    });
    child.url = (await Promise.race([child.hears('listens'), failed])).url;
    failed.catch(() => undefined);
    return child;
  }

  /** The `n`th message of this kind, now or when it comes. */
  hears<K extends Kind>(kind: K, n = 1): Promise<Told<K>> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.all(kind)[n - 1];
        if (!found) return;
        this.listeners.delete(look);
        resolve(found);
      };
      this.listeners.add(look);
      look();
    });
  }

  all<K extends Kind>(kind: K): Told<K>[] {
    return this.told.filter((message): message is Told<K> => message.kind === kind);
  }

  send(key: string, json: object = {}): Promise<Answer> {
    return send(`${this.url}/work`, { key, json });
  }

  tell(message: ToChild): void {
    this.process.send(message);
  }

  /** SIGSTOP, SIGCONT, SIGKILL, … */
  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    if (this.process.exitCode === null && this.process.signalCode === null) await this.ended;
  }
}

/** Starts processes that share a Redis prefix, and kills them all in the end. May be used again after that. */
export class Family {
  readonly children: Child[] = [];
  private started = 0;
  private redis = { port: Number(process.env.TEST_REDIS_PORT), prefix: `${randomUUID()}:` };

  async start(settings: Omit<ChildSettings, 'name' | 'redis'> & { memory?: boolean }): Promise<Child> {
    const { memory, ...rest } = settings;
    const name = `child ${++this.started}`;
    const child = await Child.start({ name, ...rest, ...(!memory && { redis: this.redis }) });
    this.children.push(child);
    return child;
  }

  get runs(): number {
    return this.children.reduce((sum, child) => sum + child.all('runs').length, 0);
  }

  get bugs(): string[] {
    return this.children.flatMap((child) => child.all('bug').map(({ error }) => error));
  }

  async end(): Promise<void> {
    this.started = 0;
    this.redis = { ...this.redis, prefix: `${randomUUID()}:` };
    await Promise.all(this.children.splice(0).map((child) => child.kill()));
  }
}
