// A process of the matrix, seen from the test.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { FaultPoint } from '../../lib/engine/fault-points.js';
import { buildChild } from './child-build.js';
import type { Platform } from './create-app.js';
import type { FromMatrix, MatrixSettings, MatrixStore, ToMatrix } from './matrix-protocol.js';

export class MatrixProcess {
  private readonly told: FromMatrix[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  private urls!: Record<`${Platform} ${MatrixStore}`, string>;

  private constructor(settings: MatrixSettings) {
    this.process = fork(buildChild('test/support/matrix-app.ts'), {
      env: { PATH: process.env.PATH, NODE_ENV: 'test', MATRIX_SETTINGS: JSON.stringify(settings) },
      execArgv: ['--no-warnings'],
    });
    this.ended = once(this.process, 'exit');
    this.process.on('message', (message: FromMatrix) => {
      this.told.push(message);
      for (const listener of this.listeners) listener();
    });
  }

  static async start(settings: MatrixSettings): Promise<MatrixProcess> {
    const started = new MatrixProcess(settings);
    const failed = started.ended.then(() => {
      throw new Error('A process of the matrix ended before it listened.');
    });
    failed.catch(() => undefined);
    const isListening = (message: FromMatrix) => message.kind === 'listens';
    const message = await Promise.race([started.hears(isListening), failed]);
    started.urls = (message as Extract<FromMatrix, { kind: 'listens' }>).urls;
    return started;
  }

  url(platform: Platform, store: MatrixStore): string {
    return this.urls[`${platform} ${store}`];
  }

  tell(message: ToMatrix): void {
    this.process.send(message);
  }

  /** The first message like this, now or when it comes. */
  hears(isMeant: (message: FromMatrix) => boolean): Promise<FromMatrix> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.told.find(isMeant);
        if (!found) return;
        this.listeners.delete(look);
        resolve(found);
      };
      this.listeners.add(look);
      look();
    });
  }

  /** Resolves with the id of the record when the held request for a key has come to a point. */
  async reached(key: string, point: FaultPoint): Promise<string> {
    const message = await this.hears(
      (told) => told.kind === 'reached' && told.key === key && told.point === point,
    );
    return (message as Extract<FromMatrix, { kind: 'reached' }>).recordId;
  }

  get bugs(): FromMatrix[] {
    return this.told.filter(({ kind }) => kind === 'bug');
  }

  resume(): void {
    this.process.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    if (this.process.exitCode === null && this.process.signalCode === null) await this.ended;
  }
}
