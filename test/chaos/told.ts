import type { HistoryEvent, Terms } from './history.js';

export const TERMS: Terms = {
  guarantee: 'at-least-once',
  lease: 1_000,
  storeTimeout: 300,
  recovery: 200,
  margin: 1_000,
};

type How = 'answered' | 'failed' | 'refused';

/** Writes a history by hand: one key unless told otherwise, times in ms. */
export class Told {
  readonly history: HistoryEvent[] = [];
  private readonly about = { scope: 'ada', key: 'k' };

  asked(
    at: number,
    request: string,
    { server = 'a', question = 'first', key = 'k', scope = 'ada' } = {},
  ): this {
    return this.add({ kind: 'requested', at, process: 'client', scope, key, request, question, server });
  }

  entered(at: number, run: string, request: string, process = 'a'): this {
    return this.add({ kind: 'entered', at, process, ...this.about, attempt: 1, run, request });
  }

  executed(at: number, run: string, process = 'a'): this {
    return this.add({ kind: 'executed', at, process, ...this.about, attempt: 1, run });
  }

  left(at: number, run: string, how: How = 'answered', process = 'a'): this {
    return this.add({ kind: 'left', at, process, ...this.about, attempt: 1, run, how });
  }

  /** A request, its whole execution and its success. */
  success(at: number, run: string, request: string, process = 'a'): this {
    return this.asked(at, request, { server: process })
      .entered(at + 1, run, request, process)
      .executed(at + 2, run, process)
      .left(at + 3, run, 'answered', process)
      .said(at + 5, request, run);
  }

  /** A final answer that says which execution it is of. */
  said(
    at: number,
    request: string,
    run: string,
    more: { replayed?: boolean; status?: number; of?: object } = {},
  ): this {
    const { replayed = false, status = 201, of } = more;
    const body = JSON.stringify({ ...this.about, run, ...of });
    return this.add({
      kind: 'answered',
      at,
      process: 'client',
      ...this.about,
      request,
      status,
      replayed,
      digest: body,
      body,
    });
  }

  problem(at: number, request: string, status: number, code: string): this {
    const about = { process: 'client', ...this.about, request };
    return this.add({ kind: 'answered', at, ...about, status, code, digest: code, body: code });
  }

  killed(at: number, process = 'a'): this {
    return this.add({ kind: 'killed', at, process });
  }

  paused(at: number, until: number, process = 'a'): this {
    return this.add({ kind: 'paused', at, until, process, what: 'stop' });
  }

  trouble(at: number, until: number, process?: string): this {
    return this.add({ kind: 'trouble', at, until, what: 'black-hole', ...(process && { process }) });
  }

  calm(at: number): this {
    return this.add({ kind: 'calm', at });
  }

  private add(event: HistoryEvent): this {
    this.history.push(event);
    return this;
  }
}
