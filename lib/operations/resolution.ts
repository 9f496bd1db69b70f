/** An uncertain record, as a reconciler gets it. */
export interface UncertainRecord {
  /** As `IdempotencyContext.reference` said in the attempt, and as clients are told. */
  readonly reference: string;
  /** `OrdersController.create`, or what the `operation` option says. */
  readonly operation: string;
  /** Which attempt it was that ended without a word. */
  readonly attempt: number;
  /** ms since that attempt began, on the store's clock. */
  readonly runningFor: number;
}

/** What an uncertain attempt turns out to have done, and who says so. Kept on the record. */
export type RecordResolution = CompletedResolution | NotAppliedResolution;

/** It was carried out: from now on this is the answer. */
export interface CompletedResolution {
  readonly as: 'completed';
  readonly response: ResolvedResponse;
  /** ms the answer is kept. @default the `ttl` of the module */
  readonly ttl?: number;
  /**
   * The attempt it is known of, as `list` and `look` have it; another one is left as it is. Without this it is about the
   * latest: one that ran since somebody looked, too.
   * @default the latest
   */
  readonly attempt?: number;
  /** Who says so: a person, or a program. 1–256 characters. */
  readonly by: string;
  /** What it is known from. 1–1_024 characters. */
  readonly why: string;
}

/** Nothing happened: the next retry runs the handler. */
export interface NotAppliedResolution {
  readonly as: 'not-applied';
  /**
   * The attempt it is known of, as `list` and `look` have it; another one is left as it is. Without this it is about the
   * latest: one that ran since somebody looked, too.
   * @default the latest
   */
  readonly attempt?: number;
  /** Who says so: a person, or a program. 1–256 characters. */
  readonly by: string;
  /** What it is known from. 1–1_024 characters. */
  readonly why: string;
}

/** An answer in place of the one that was lost. */
export interface ResolvedResponse {
  /** HTTP status, 200 to 599. Of a job's record: leave it out. @default 200 */
  readonly status?: number;
  /** Names in any case. Those that are never replayed (framing, cookies, dates, tracing) are left out. @default none */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Bytes are sent as they are; anything else as JSON. @default no body */
  readonly body?: unknown;
}

type Awaitable<T> = T | Promise<T>;

/** Finds out what became of an uncertain attempt, or says nothing. */
export type UncertaintyResolver = (record: UncertainRecord) => Awaitable<RecordResolution | void>;
