import type { OutgoingHttpHeaders } from 'node:http';

import { PROBLEMS, type ProblemCode } from './problems.js';
import { PROBLEM_JSON, problemOf, type ProblemOptions, type ProblemSettings } from './problem-details.js';
import type { RecordedResponse } from './recorded-response.js';

export const REPLAYED_HEADER = 'Idempotent-Replayed';

/** The recorded response with its marker, which browsers may read where the application speaks CORS. */
export function asReplay(recorded: RecordedResponse, environment: OutgoingHttpHeaders): RecordedResponse {
  const headers: [string, string | readonly string[]][] = [
    ...recorded.headers.map(([n, v]) => [n, v] as [string, string]),
    [REPLAYED_HEADER, 'true'],
  ];
  if (environment['access-control-allow-origin'] !== undefined) {
    const exposed = environment['access-control-expose-headers'];
    headers.push([
      'Access-Control-Expose-Headers',
      exposed ? `${String(exposed)}, ${REPLAYED_HEADER}` : REPLAYED_HEADER,
    ]);
  }
  return { ...recorded, headers };
}

/** A problem as a response of its own, where there is no exception to throw any more. */
export function asProblemResponse(
  code: ProblemCode,
  settings: ProblemSettings,
  options?: ProblemOptions,
): RecordedResponse {
  const problem = problemOf(code, settings, options);
  const { retryAfter } = PROBLEMS[code];
  return {
    status: problem.status,
    headers: [
      ['content-type', PROBLEM_JSON],
      ...(retryAfter === undefined ? [] : [['retry-after', String(retryAfter)] as const]),
    ],
    body: Buffer.from(JSON.stringify(problem)),
    kept: true,
  };
}
