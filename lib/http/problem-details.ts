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
}

export interface ProblemSettings {
  /** Before `#code` in `type`. */
  readonly typeBase: string;
  /** Statuses that stand instead of the built-in ones. */
  readonly statuses: Readonly<Record<string, number>>;
}

export function problemOf(code: ProblemCode, settings: ProblemSettings, detail?: string): ProblemDetails {
  const problem = PROBLEMS[code];
  return {
    type: `${settings.typeBase}#${code.toLowerCase()}`,
    title: problem.title,
    status: settings.statuses[code] ?? problem.status,
    detail: detail ?? problem.detail,
    code,
  };
}
