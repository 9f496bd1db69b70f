import type { OnLapse } from '../../lib/store/idempotency-store.js';
import type { FaultId } from './faults.js';

/**
 * A request is known by its number. Requests ask in the order of their numbers, so the number is also the fence of the
 * attempt it becomes, and the answer that this attempt gives: no two attempts give the same one.
 */
export type RequestNumber = number;

/** What the store keeps under the key. */
export type ModelRecord =
  | {
      readonly state: 'in-progress';
      readonly fence: RequestNumber;
      readonly attempt: number;
      /** The lease is over. With `onLapse: 'uncertain'`, that is what uncertain means. */
      readonly lapsed: boolean;
      readonly onLapse: OnLapse;
    }
  | { readonly state: 'completed'; readonly fence: RequestNumber; readonly answer: RequestNumber }
  | { readonly state: 'not-applied'; readonly attempt: number };

/** Everything the store knows. */
export interface Kept {
  readonly record?: ModelRecord;
  /** Written with the answer, read where there is no record. */
  readonly tombstone: boolean;
}

export type Phase =
  /** Not sent yet. */
  | 'idle'
  /** The claim's answer was lost: the client has an error, the claim is taken back in the background. */
  | 'withdrawing'
  /** The handler runs; the effect is still to come. */
  | 'running'
  /** As `running`, but the store was not asked. */
  | 'unprotected'
  /** The effect has happened; the answer is still to be saved. */
  | 'effected'
  /** The handler has failed, and the store is still to be told. */
  | 'failing'
  /** Saving failed; the client has its answer, and saving is tried again. */
  | 'saving'
  /** The answer is saved, or lost to a winner, and still to be sent. */
  | 'replying'
  | 'over'
  /** Ended with its process. */
  | 'dead';

export interface ModelRequest {
  readonly phase: Phase;
  /** It may outlive its lease: it stands still, or cannot reach the store to renew. */
  readonly paused?: true;
  /** What it will say to the store. */
  readonly happened?: 'nothing' | 'unknown';
  /** What it will say to its client; nothing is an error. */
  readonly reply?: RequestNumber;
  /** The successful answer that its client has. */
  readonly told?: RequestNumber;
}

export interface State extends Kept {
  readonly requests: readonly ModelRequest[];
  /** Who had an effect. */
  readonly effects: readonly RequestNumber[];
  /** What the store would be without its latest write of each kind, for a failover that forgets it. */
  readonly before: { readonly acquire?: Kept; readonly complete?: Kept; readonly release?: Kept };
  /** What went wrong so far: sorted. */
  readonly faults: readonly FaultId[];
}

export function initial(requests: number): State {
  return {
    tombstone: false,
    requests: Array.from({ length: requests }, () => ({ phase: 'idle' })),
    effects: [],
    before: {},
    faults: [],
  };
}

export const kept = ({ record, tombstone }: Kept): Kept => ({ ...(record && { record }), tombstone });

/** A state in which the store keeps something else. */
export function keeping(state: State, record: ModelRecord | undefined, tombstone = state.tombstone): State {
  const { record: _, ...rest } = state;
  return { ...rest, ...(record && { record }), tombstone };
}

/** A state in which one request has become another. */
export function becoming(state: State, number: RequestNumber, request: ModelRequest): State {
  return { ...state, requests: state.requests.map((old, index) => (index === number ? request : old)) };
}

/** Its handler is, or may be, at work. */
export const isExecuting = ({ phase }: ModelRequest): boolean =>
  phase === 'running' || phase === 'unprotected' || phase === 'effected';

/** Nothing more comes of it. */
export const isEnded = ({ phase }: ModelRequest): boolean => phase === 'over' || phase === 'dead';
