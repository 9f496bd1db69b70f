import { FAULT_IDS } from './faults.js';
import type { Kept, ModelRequest, State } from './state.js';

/** Equal for equal states, and for no others. Made for each step of an exploration, so it is short. */
export function nameOf({ requests, effects, before, faults, ...now }: State): string {
  const { acquire, complete, release } = before;
  return [
    nameOfKept(now),
    requests.map(nameOfRequest).join(';'),
    effects.join(),
    nameOfKept(acquire),
    nameOfKept(complete),
    nameOfKept(release),
    faults.map((fault) => FAULT_IDS.indexOf(fault)).join(),
  ].join('|');
}

const nameOfRequest = ({ phase, paused, happened, reply, told }: ModelRequest): string =>
  `${phase},${paused ?? ''},${happened ?? ''},${reply ?? ''},${told ?? ''}`;

function nameOfKept(kept: Kept | undefined): string {
  if (!kept) return '';
  const { record, tombstone } = kept;
  const end = tombstone ? '+' : '-';
  switch (record?.state) {
    case undefined:
      return end;
    case 'in-progress':
      return `i${record.fence},${record.attempt},${record.lapsed},${record.onLapse}${end}`;
    case 'completed':
      return `c${record.fence},${record.answer}${end}`;
    case 'not-applied':
      return `n${record.attempt}${end}`;
  }
}
