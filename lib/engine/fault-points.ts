/** Where a test can make an attempt fail, stop or die: between what the library does and what it does next. */
export type FaultPoint =
  | 'before-acquire'
  | 'after-acquire'
  | 'before-handler'
  /** An effect is marked, and has not happened. */
  | 'before-effect'
  /** An effect has happened, and its result is not kept yet. */
  | 'after-effect'
  | 'after-handler'
  | 'before-save'
  | 'after-save'
  | 'before-reply'
  | 'after-reply';

/** Of whom a fault point is reached. */
export interface FaultSite {
  readonly operation: string;
  readonly recordId: string;
  /** Its name, at `before-effect` and `after-effect`. */
  readonly effect?: string;
}

/** Called at every fault point, and waited for. What it throws is thrown there. */
export type FaultProbe = (point: FaultPoint, site: FaultSite) => void | Promise<void>;
