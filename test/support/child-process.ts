// Real processes of the child application, for tests that kill, stop and resume them.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { buildChild } from './child-build.js';
import type { ChildSettings, FromChild, ToChild } from './child-protocol.js';
import { send, type Answer } from './create-app.js';

type Kind = FromChild['kind'];
type Told<K extends Kind> = Extract<FromChild, { kind: K }>;

/** How a request is sent. */
export interface Sending {
  /** To the route with the short lease. */
  readonly brief?: boolean;
  /** Seconds that the client is ready to wait, where the module's `preferWait` allows it. */
  readonly wait?: number;
}

export class Child {
  url = '';
  told: FromChild[] = [];
  /** Stands before its keys, so that no test knows those of another. */
  salt = '';
  readonly name: string;
  readonly process: ChildProcess;
  /** Exit code and signal. */
  readonly ended: Promise<[number | null, string | null]>;
  private readonly listeners = new Set<() => void>();

  private constructor(settings: ChildSettings) {
    this.name = settings.name;
    this.process = fork(buildChild(), {
      env: { PATH: process.env.PATH, NODE_ENV: 'test', CHILD_SETTINGS: JSON.stringify(settings) },
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

  send(key: string, json: object = {}, { brief, wait }: Sending = {}): Promise<Answer> {
    const headers = { ...(wait !== undefined && { prefer: `wait=${wait}` }) };
    return send(`${this.url}/${brief ? 'brief' : 'work'}`, { key: `${this.salt}${key}`, json, headers });
  }

  tell(message: ToChild): void {
    this.process.send('key' in message ? { ...message, key: `${this.salt}${message.key}` } : message);
  }

  get isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** SIGSTOP, SIGCONT, SIGKILL, … */
  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    if (this.isAlive) await this.ended;
  }
}

/** Starts processes that share a Redis prefix, and kills them all in the end. May be used again after that. */
export class Family {
  readonly children: Child[] = [];
  private started = 0;
  private redis = { port: Number(process.env.TEST_REDIS_PORT), prefix: `${randomUUID()}:` };

  /** `redisPort`: of a proxy before Redis. */
  async start(
    settings: Omit<ChildSettings, 'name' | 'redis'> & { memory?: boolean; redisPort?: number },
  ): Promise<Child> {
    const { memory, redisPort: port = this.redis.port, ...rest } = settings;
    const name = `child ${++this.started}`;
    const child = await Child.start({ name, ...rest, ...(!memory && { redis: { ...this.redis, port } }) });
    this.children.push(child);
    return child;
  }

  get runs(): number {
    return this.children.reduce((sum, child) => sum + child.all('runs').length, 0);
  }

  get bugs(): string[] {
    return this.children.flatMap((child) => child.all('bug').map(({ error }) => error));
  }

  /** Those who live on are ready for another test, with other keys and nothing told. */
  async refresh(): Promise<void> {
    const salt = randomUUID();
    const living = this.children.filter(({ isAlive }) => isAlive);
    await Promise.all(
      living.map(async (child) => {
        child.tell({ kind: 'ping' });
        await child.hears('pong');
      }),
    );
    for (const child of this.children) {
      child.told = [];
      child.salt = salt;
    }
  }

  async end(): Promise<void> {
    this.started = 0;
    this.redis = { ...this.redis, prefix: `${randomUUID()}:` };
    await Promise.all(this.children.splice(0).map((child) => child.kill()));
  }
}
