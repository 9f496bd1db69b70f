/** Where a test can make an attempt fail, stop or die: between what the library does and what it does next. */
export type FaultPoint =
  | 'before-acquire'
  | 'after-acquire'
  | 'before-handler'
  | 'after-handler'
  | 'before-save'
  | 'after-save'
  | 'before-reply'
  | 'after-reply';

/** Of whom a fault point is reached. */
export interface FaultSite {
  readonly operation: string;
  readonly recordId: string;
}

/** Called at every fault point, and waited for. What it throws is thrown there. */
export type FaultProbe = (point: FaultPoint, site: FaultSite) => void | Promise<void>;
