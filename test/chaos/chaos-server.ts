import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Listens, ServerSettings } from './chaos-protocol.js';

/** A server process that can be killed and started again. */
export class ChaosServer {
  /** Where it listens; nothing while it is down. */
  url: string | undefined;
  private process: ChildProcess | undefined;

  constructor(
    readonly settings: ServerSettings,
    /** Path of the bundled `chaos-app`. */
    private readonly app: string,
  ) {}

  get name(): string {
    return this.settings.name;
  }

  /** Resolves when it listens, or was killed before it did. */
  async start(): Promise<void> {
    const child = fork(this.app, {
      env: { PATH: process.env.PATH, NODE_ENV: 'test', CHAOS_SETTINGS: JSON.stringify(this.settings) },
    });
    this.process = child;
    const ended = once(child, 'exit').then(() => []);
    const [told] = (await Promise.race([once(child, 'message'), ended])) as [Listens?];
    if (this.process !== child) return;
    if (!told) throw new Error(`${this.name} ended with ${child.exitCode} before it listened.`);
    this.url = told.url;
  }

  /** SIGSTOP and SIGCONT. */
  signal(name: NodeJS.Signals): void {
    this.process?.kill(name);
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.process;
    this.url = undefined;
    this.process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
