import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import type { IdempotencyEvent } from 'nestjs-idempotency';

/** What became of one request; `-` while no key plays a part. */
export interface RequestOutcome {
  text: string;
}

const WORDS: Readonly<Record<string, string>> = { recorded: 'ran', unprotected: 'ran unprotected' };

/** Brings what the library tells of a request to the line that the access log writes about it. */
@Injectable()
export class RequestOutcomes {
  private readonly current = new AsyncLocalStorage<RequestOutcome>();

  /** Runs the rest of a request. What is said about it meanwhile ends up in the result. */
  follow(next: () => void): RequestOutcome {
    const outcome: RequestOutcome = { text: '-' };
    this.current.run(outcome, next);
    return outcome;
  }

  note(event: IdempotencyEvent): void {
    const outcome = this.current.getStore();
    if (!outcome || event.kind !== 'outcome') return;
    const again = event.attempt !== undefined && event.attempt > 1;
    outcome.text = `${WORDS[event.outcome] ?? event.outcome}${again ? ` (attempt ${event.attempt})` : ''}`;
  }
}
