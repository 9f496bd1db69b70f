// One cell of the matrix, played: a request that meets a fault, its duplicates, and what becomes of its key.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { FaultPoint } from '../../lib/engine/fault-points.js';
import { send, type Answer, type Platform } from './create-app.js';
import type { MatrixProcess } from './matrix-process.js';
import type { Ending, Guarantee, MatrixStore } from './matrix-protocol.js';
import type { Mutable, Outcome } from './matrix-table.js';

/** ms. Far more than any lease here, far less than any retention: a key that is not usable by then never is. */
const PATIENCE = 15_000;
const PAUSE = 60;

export interface Setting {
  readonly platform: Platform;
  readonly store: MatrixStore;
  readonly guarantee: Guarantee;
  readonly ending?: Ending;
}

/** Who takes part: the process that the fault hits, another one, and Redis itself. */
export interface Stage {
  readonly home: MatrixProcess;
  readonly peer: MatrixProcess;
  readonly admin: Redis;
  readonly prefix: string;
}

export class Scene {
  readonly key = randomUUID();
  private readonly seen: Mutable<Partial<Outcome>> = {};
  recordId = '';
  private readonly answers = new Set<string>();
  private first!: Promise<Answer | undefined>;

  constructor(
    readonly setting: Setting,
    readonly stage: Stage,
  ) {}

  /** Sends the first request and waits for it at the first of these points. */
  async begin(...points: FaultPoint[]): Promise<void> {
    const { home } = this.stage;
    home.tell({ kind: 'hold', key: this.key, points });
    this.first = this.send(home, this.setting.ending ?? 'well');
    await this.at(points[0]!);
  }

  /** Waits for the first request at its next point. */
  async at(point: FaultPoint): Promise<void> {
    this.recordId = await this.stage.home.reached(this.key, point);
  }

  go(throws = false): void {
    this.stage.home.tell({ kind: 'go', key: this.key, throws });
  }

  /** What a duplicate gets while the first request is where it is. */
  async duplicate(): Promise<void> {
    this.seen.meanwhile = this.told(await this.send(this.peer));
  }

  /** What a duplicate gets when the lease is over. */
  async lapse(): Promise<void> {
    this.seen.lapsed = this.told(await this.untilSettled());
  }

  async firstAnswer(): Promise<void> {
    this.seen.first = this.told(await this.first);
  }

  /** A client that tries again until it is told something that stays; and a person, if nobody else knows. */
  async settle(): Promise<Partial<Outcome>> {
    let answer = await this.untilSettled();
    this.seen.retry = this.told(answer);
    if (this.seen.retry === '409 IDEMPOTENCY_UNCERTAIN') {
      const { reference } = answer!.json as { reference: string };
      await send(`${this.urlOf(this.peer)}/resolve`, { json: { reference, key: this.key } });
      answer = await this.untilSettled();
      this.seen.resolved = this.told(answer);
    }
    this.seen.last = this.told(await this.send(this.peer));
    const { admin, prefix } = this.stage;
    this.seen.executions = Number(await admin.get(`${prefix}effect:${this.key}`));
    this.seen.answers = this.answers.size;
    return this.seen;
  }

  /** A record in memory is known to its own process only. */
  private get peer(): MatrixProcess {
    return this.setting.store === 'memory' ? this.stage.home : this.stage.peer;
  }

  private async untilSettled(): Promise<Answer | undefined> {
    for (const end = performance.now() + PATIENCE; ; await sleep(PAUSE)) {
      const answer = await this.send(this.peer);
      const isPassing = answer?.status === 503 || codeOf(answer) === 'IDEMPOTENCY_IN_PROGRESS';
      if (!isPassing || performance.now() > end) return answer;
    }
  }

  private urlOf(process: MatrixProcess): string {
    return process.url(this.setting.platform, this.setting.store);
  }

  private async send(process: MatrixProcess, ending: Ending = 'well'): Promise<Answer | undefined> {
    const url = `${this.urlOf(process)}/${this.setting.guarantee}`;
    const headers = { 'x-ending': ending };
    // No answer: the connection broke.
    return send(url, { key: this.key, json: {}, headers }).catch(() => undefined);
  }

  private told(answer: Answer | undefined): string {
    if (!answer) return 'no answer';
    if (answer.status >= 400) return `${answer.status} ${codeOf(answer) ?? ''}`.trim();
    this.answers.add(answer.text);
    return answer.replayed ? 'replay' : 'ran';
  }
}

function codeOf(answer: Answer | undefined): string | undefined {
  if (!answer?.headers.get('content-type')?.startsWith('application/problem+json')) return undefined;
  return (answer.json as { code?: string }).code;
}
