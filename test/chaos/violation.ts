import type { KeyHistory } from './key-history.js';

/** A promise that a history breaks. */
export interface Violation {
  readonly rule:
    /** Ran again although the promise excludes it: no fault or error explains it. */
    | 'ran-again'
    /** Two executions at the same time, and the first could not have lost its lease. */
    | 'side-by-side'
    /** Two different final answers. */
    | 'answers-differ'
    /** A success was answered before its effect, or without one. */
    | 'no-effect'
    /** An answer with another key's or another scope's data. */
    | 'foreign-answer'
    /** A success for a question that was not the one recorded. */
    | 'other-question'
    /** No final answer in time, with faults over. */
    | 'stuck'
    /** Called uncertain although no attempt can have ended without a word, or although it was answered before. */
    | 'wrongly-uncertain'
    /** An answer that this application cannot give in this run. */
    | 'odd-answer'
    /** What the history cannot explain: it has holes. */
    | 'broken-history';
  readonly scope?: string;
  readonly key?: string;
  readonly why: string;
}

export const violates = (
  rule: Violation['rule'],
  { scope, key }: Pick<KeyHistory, 'scope' | 'key'>,
  why: string,
): Violation => ({ rule, scope, key, why });
