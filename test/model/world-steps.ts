import type { FaultId } from './faults.js';
import type { Step } from './request-steps.js';
import { becoming, isEnded, keeping, type Kept, type RequestNumber, type State } from './state.js';
import { isOwner, isUncertain, lapse } from './store-steps.js';

/** What may happen to the store, to time and to processes, whatever the requests do. */
export function worldSteps(state: State, isMemory: boolean): Step[] {
  return [
    ...timeSteps(state),
    ...resolutionSteps(state),
    ...storeSteps(state),
    ...(isMemory ? memorySteps(state) : state.requests.flatMap((_, number) => crashSteps(state, number))),
    ...state.requests.flatMap((_, number) => pauseSteps(state, number)),
  ];
}

/** A lease ends when nobody renews it: its owner is gone, stands still, or does not know that it is one. */
function timeSteps(state: State): Step[] {
  const { record, tombstone } = state;
  const steps: Step[] = [];
  if (record?.state === 'in-progress' && !record.lapsed) {
    const owner = state.requests[record.fence]!;
    if (isEnded(owner) || owner.paused || owner.phase === 'withdrawing') {
      steps.push({ name: 'lapse', state: lapse(state) });
    }
  }
  if (record?.state === 'completed') {
    steps.push({ name: 'forget the answer', fault: 'ttl-over', state: keeping(state, undefined) });
  }
  if (record?.state === 'completed' || (!record && tombstone)) {
    const forgotten = keeping(state, undefined, false);
    steps.push({ name: 'forget the key', fault: 'tombstone-over', state: forgotten });
  }
  return steps;
}

/** The number of no request. */
const NOBODY: RequestNumber = -1;

/** Somebody looks what became of an uncertain attempt, and says so; or says so without looking. */
function resolutionSteps(state: State): Step[] {
  const { record } = state;
  if (record?.state !== 'in-progress' || !isUncertain(state)) return [];
  const notApplied = keeping(state, { state: 'not-applied', attempt: record.attempt });
  const isEndedFor = isEnded(state.requests[record.fence]!);
  if (isEndedFor && !state.effects.includes(record.fence)) {
    return [{ name: 'resolve as not applied', state: notApplied }];
  }
  // A person's fence is nobody's: what the attempt itself still says is lost.
  const completed = (answer: RequestNumber) =>
    keeping(state, { state: 'completed', fence: NOBODY, answer }, true);
  return [
    { name: 'resolve blindly', fault: 'wrong-resolution', state: notApplied },
    { name: 'resolve with words of its own', fault: 'other-answer', state: completed(NOBODY) },
    ...(isEndedFor ? [{ name: 'resolve as completed', state: completed(record.fence) }] : []),
  ];
}

function storeSteps(state: State): Step[] {
  const { record, before } = state;
  const steps: Step[] = [];
  const back = (fault: FaultId, to: Kept | undefined, names: boolean) => {
    if (to && names) steps.push({ name: fault, fault, state: keeping(state, to.record, to.tombstone) });
  };
  back('failover-acquire', before.acquire, record !== undefined);
  back('failover-complete', before.complete, record?.state === 'completed');
  back('failover-release', before.release, record === undefined);
  if (record) {
    const fault = record.state === 'completed' ? 'evict-answer' : 'evict-running';
    steps.push({ name: 'evict', fault, state: keeping(state, undefined) });
  }
  if (record?.state === 'completed') {
    steps.push({ name: 'evict all', fault: 'evict-tombstone', state: keeping(state, undefined, false) });
  }
  return steps;
}

function memorySteps(state: State): Step[] {
  const requests = state.requests.map((request) =>
    request.phase === 'idle' || isEnded(request) ? request : { ...request, phase: 'dead' as const },
  );
  const gone: State = { ...keeping(state, undefined, false), before: {}, requests };
  return [{ name: 'restart', fault: 'memory-lost', state: gone }];
}

/** Each request has a process of its own. */
function crashSteps(state: State, number: RequestNumber): Step[] {
  const request = state.requests[number]!;
  const fault = crashOf(state, number);
  if (!fault) return [];
  return [{ name: 'die', fault, state: becoming(state, number, { ...request, phase: 'dead' }) }];
}

function crashOf(state: State, number: RequestNumber): FaultId | undefined {
  switch (state.requests[number]!.phase) {
    case 'idle':
    case 'over':
    case 'dead':
    case 'unprotected':
      return undefined;
    case 'saving':
      return 'crash-saving';
    case 'replying':
      return 'crash-saved';
    default:
      return state.effects.includes(number) ? 'crash-after' : 'crash-before';
  }
}

function pauseSteps(state: State, number: RequestNumber): Step[] {
  const request = state.requests[number]!;
  if (request.paused || !isOwner(state, number)) return [];
  if (request.phase !== 'running' && request.phase !== 'effected') return [];
  return [{ name: 'pause', fault: 'pause', state: becoming(state, number, { ...request, paused: true }) }];
}
