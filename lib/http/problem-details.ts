import { PROBLEMS, type ProblemCode } from './problems.js';

/** Media type of problem details. */
export const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

/** RFC 9457 problem details, as this library answers them. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  /** Names the record to whoever can resolve it; in answers that call for that. */
  readonly reference?: string;
}

export interface ProblemSettings {
  /** Before `#code` in `type`. */
  readonly typeBase: string;
  /** Statuses that stand instead of the built-in ones. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** What a particular problem says besides what all of its code say. */
export interface ProblemOptions {
  readonly detail?: string;
  readonly reference?: string;
}

export function problemOf(
  code: ProblemCode,
  settings: ProblemSettings,
  { detail, reference }: ProblemOptions = {},
): ProblemDetails {
  const problem = PROBLEMS[code];
  return {
    type: `${settings.typeBase}#${code.toLowerCase()}`,
    title: problem.title,
    status: settings.statuses[code] ?? problem.status,
    detail: detail ?? problem.detail,
    code,
    ...(reference !== undefined && { reference }),
  };
}
