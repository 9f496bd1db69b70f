import { isQuiet } from './consequences.js';
import type { FaultId } from './faults.js';
import type { Guarantee } from './guarantee.js';
import type { Step } from './request-steps.js';
import { isExecuting, type State } from './state.js';
import { acquire } from './store-steps.js';

/** What puts an answer away; nothing else may touch it. */
const ENDS_ANSWER: readonly FaultId[] = [
  'ttl-over',
  'tombstone-over',
  'memory-lost',
  'evict-answer',
  'evict-tombstone',
  'failover-acquire',
  'failover-complete',
];

/** What lets two attempts run at the same time: the lease ended, or is not known of, while its owner works. */
export const SIDE_BY_SIDE: readonly FaultId[] = [
  'pause',
  'proceed',
  'evict-running',
  'failover-acquire',
  'wrong-resolution',
];

/** What design.md promises whatever happens, as complaints about a step that breaks it. */
export function complaintsAboutStep(from: State, step: Step): string[] {
  const { record } = from;
  const next = step.state.record;
  if (JSON.stringify(record) === JSON.stringify(next)) return [];
  const complaints: string[] = [];
  if (record?.state === 'completed' && !(step.fault && ENDS_ANSWER.includes(step.fault))) {
    complaints.push('a completed record changed');
  }
  if (step.by === undefined) return complaints;
  if (record?.state === 'in-progress' && record.fence === step.by) return complaints;
  const isClaim = next?.state === 'in-progress' && next.fence === step.by;
  if (!isClaim) complaints.push('a stale owner wrote');
  if (record?.state !== 'in-progress') return complaints;
  if (!record.lapsed) complaints.push('a lease was taken from its owner');
  if (record.onLapse === 'uncertain') complaints.push('an uncertain key ran again');
  if (record.fence > step.by) complaints.push('a fence shrank');
  return complaints;
}

/** The same, of a state. */
export function complaintsAboutState(state: State, guarantee: Guarantee): string[] {
  const complaints: string[] = [];
  const executing = state.requests.filter(isExecuting).length;
  if (executing > 1 && !state.faults.some((fault) => SIDE_BY_SIDE.includes(fault))) {
    complaints.push('two attempts ran side by side');
  }
  for (const [number, request] of state.requests.entries()) {
    if (request.phase === 'saving' && request.told !== number) {
      complaints.push('a success became an error because saving it failed');
    }
  }
  const { record } = state;
  if (isQuiet(state) && record?.state === 'in-progress' && record.lapsed) {
    const { answer } = acquire(state, state.requests.length, guarantee);
    const expected = guarantee.onLapse === 'rerun' ? 'acquired' : 'uncertain';
    if (answer !== expected) complaints.push(`after its lease, a key is ${answer}`);
  }
  return complaints;
}
