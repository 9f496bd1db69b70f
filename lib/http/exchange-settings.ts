import type { OutcomeEvent } from '../engine/events.js';
import type { ExactlyOnce } from './exactly-once.js';
import type { HttpPlatform, HttpRequest } from './platform/http-platform.js';
import type { ProblemSettings } from './problem-details.js';

/** What the exchanges of a handler need of the application. */
export interface ExchangeSettings {
  readonly platform: HttpPlatform;
  readonly problems: ProblemSettings;
  /** In lower case. */
  readonly unreplayableHeaders: ReadonlySet<string>;
  readonly emit: (outcome: OutcomeEvent['outcome'], recordId: string, attempt: number) => void;
  readonly onBug: (error: unknown) => void;
  /** Present when the handler runs in a transaction. */
  readonly exactlyOnce?: ExactlyOnce;
  /** Digest of the uploaded files, once they are parsed. @throws Refusal when they cannot be read */
  readonly digestUploads: (request: HttpRequest) => Promise<string>;
}
