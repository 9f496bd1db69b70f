import { BadRequestException } from '@nestjs/common';
import { STEPS, type Step } from './crash-points.js';

/** What a request asks to go wrong. */
export type DemoFault =
  /** The handler takes `ms` longer. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The work is done and recorded, and the connection is cut before the answer. */
  | { readonly kind: 'drop' }
  /** The same, and it is the process that dies. */
  | { readonly kind: 'crash@answer' }
  /** 500 before the work. */
  | { readonly kind: 'fail-before' }
  /** 500 after the work. */
  | { readonly kind: 'fail-after' }
  /** The process dies after the work. */
  | { readonly kind: 'crash' }
  /** The process dies after the work of one step, before that is recorded. */
  | { readonly kind: 'crash-after'; readonly step: Step };

const LONGEST_DELAY = 60_000;
const PLAIN = ['drop', 'fail-before', 'fail-after', 'crash', 'crash@answer'] as const;

/** The fault in a request's `X-Demo-Fault`, if any. Throws 400 when there is no such fault. */
export function demoFaultOf(headers: Record<string, unknown>): DemoFault | undefined {
  const text = headers['x-demo-fault'];
  if (text === undefined) return undefined;
  const ms = Number(/^delay=(\d{1,5})$/.exec(String(text))?.[1]);
  if (ms <= LONGEST_DELAY) return { kind: 'delay', ms };
  const kind = PLAIN.find((name) => text === name);
  if (kind) return { kind };
  const step = STEPS.find((name) => text === `crash@${name}`);
  if (step) return { kind: 'crash-after', step };
  throw new BadRequestException(
    'X-Demo-Fault is delay=MS (at most 60000), drop, fail-before, fail-after, crash, ' +
      'crash@reserve, crash@charge, crash@write, crash@mail or crash@answer.',
  );
}
