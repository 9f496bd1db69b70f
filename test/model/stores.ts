import { FAULT_IDS, type FaultId } from './faults.js';

/** A store as the model sees it: what can go wrong with it. */
export interface ModelStore {
  readonly name: string;
  /** Its records end with the process that runs the handlers, and so do all its attempts. */
  readonly isMemory: boolean;
  readonly faults: readonly FaultId[];
}

const crashes = FAULT_IDS.filter((id) => id.startsWith('crash-'));
const evictions = FAULT_IDS.filter((id) => id.startsWith('evict-'));
const failovers = FAULT_IDS.filter((id) => id.startsWith('failover-'));
const without = (...faults: FaultId[]) => FAULT_IDS.filter((id) => !faults.includes(id));

export const MEMORY: ModelStore = {
  name: 'MemoryStore',
  isMemory: true,
  // A call in the same process neither fails nor loses its answer; when the process dies, so does everything.
  faults: without(
    ...crashes,
    ...evictions,
    ...failovers,
    'acquire-reply-lost',
    'release-never',
    'save-fails',
    'save-reply-lost',
    'save-never',
  ),
};

/** Replicates after it has said so, may evict, and may restart without its latest writes. */
export const REDIS: ModelStore = {
  name: 'RedisStore',
  isMemory: false,
  faults: without('memory-lost'),
};

/** Keeps what it has said: `appendfsync always`, `noeviction`, and a failover that forgets nothing. */
export const REDIS_DURABLE: ModelStore = {
  name: 'RedisStore, durable',
  isMemory: false,
  faults: without('memory-lost', ...evictions, ...failovers),
};

/** Those that others are part of. */
export const STORES = [MEMORY, REDIS] as const;
