import { createHash } from 'node:crypto';
import type { Orders } from './chaos-protocol.js';
import type { ChaosServer } from './chaos-server.js';
import { now, type Answered, type HistoryEvent } from './history.js';
import type { PlannedRequest } from './plan.js';

/** What a client wants. */
export interface Wish {
  readonly scope: string;
  readonly key: string;
  /** What is asked, besides the key. */
  readonly question: string;
}

/** Sends requests over HTTP, and writes down what it sent and got. */
export class ChaosClient {
  private sent = 0;

  constructor(
    private readonly name: string,
    private readonly record: (event: HistoryEvent) => void,
    /** ms until a client gives up. */
    private readonly patience: number,
  ) {}

  /** The answer, if there is one. Never rejects. */
  async send(
    wish: Wish,
    server: ChaosServer,
    planned: Omit<PlannedRequest, 'pause' | 'server'>,
  ): Promise<Answered | undefined> {
    const { scope, key, question } = wish;
    const { work, outcome, leaveAfter } = planned;
    const request = `${this.name} request ${++this.sent}`;
    const about = { process: this.name, scope, key, request };
    const orders: Orders = { request, work, outcome };
    const { url, name } = server;
    if (!url) return undefined;
    this.record({ kind: 'requested', at: now(), ...about, question, server: name });
    try {
      const response = await fetch(`${url}/work`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': key,
          'x-user': scope,
          'x-chaos': JSON.stringify(orders),
        },
        body: JSON.stringify({ question }),
        signal: AbortSignal.timeout(leaveAfter ?? this.patience),
      });
      const body = await response.text();
      const code = problemCode(response, body);
      const answer: Answered = {
        kind: 'answered',
        at: now(),
        ...about,
        status: response.status,
        ...(code && { code }),
        replayed: response.headers.get('idempotent-replayed') === 'true',
        digest: createHash('sha256').update(body).digest('base64url').slice(0, 12),
        body,
      };
      this.record(answer);
      return answer;
    } catch (error) {
      this.record({ kind: 'unanswered', at: now(), ...about, why: (error as Error).name });
      return undefined;
    }
  }
}

function problemCode(response: Response, body: string): string | undefined {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return undefined;
  return (JSON.parse(body) as { code?: string }).code;
}
