import type { ProblemDetails } from '../problem-details.js';

type Send = (this: unknown, body: unknown, ...rest: unknown[]) => unknown;

/**
 * Gives these problem details their media type when they are what is sent, by `verb`. A filter of the application may
 * send something else; and Nest 11 takes back a type that is set before it sends.
 */
export function nameProblem(
  response: object,
  verb: 'json' | 'send',
  problem: ProblemDetails,
  name: () => void,
): void {
  const own = (response as Record<string, Send>)[verb]!;
  const send: Send = function (this: unknown, ...args) {
    delete (response as Record<string, unknown>)[verb];
    if (isProblem(args[0], problem)) name();
    return own.apply(this, args);
  };
  Object.defineProperty(response, verb, { value: send, configurable: true, writable: true });
}

/** Perhaps a copy of it, with something added. */
function isProblem(body: unknown, { type, code }: ProblemDetails): boolean {
  const { type: ofType, code: ofCode } = (body ?? {}) as Partial<ProblemDetails>;
  return ofType === type && ofCode === code;
}
