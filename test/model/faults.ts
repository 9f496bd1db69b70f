/** What can go wrong, in the words of the table in docs/guarantees.md. The order is that of the table. */
export const FAULTS = {
  'reply-lost': 'the client leaves, or the answer is lost on its way',
  'acquire-reply-lost': 'the store takes the claim, and its reply is lost',
  'error-nothing': 'the handler fails and says that nothing happened',
  'error-before': 'the handler fails before its effect, and does not say so',
  'error-after': 'the handler fails after its effect',
  'release-never': 'the handler fails, and the store is away until the process stops',
  'crash-before': 'the process dies in the handler, before the effect',
  'crash-after': 'the process dies after the effect, before the save',
  'crash-saved': 'the process dies after the save, before the answer is sent',
  pause: 'the process is paused, or cut off from the store, past its lease',
  'save-fails': 'saving the answer fails, and succeeds later',
  'save-reply-lost': 'the answer is saved, and nobody hears of it',
  'crash-saving': 'saving the answer fails, and the process dies before it succeeds',
  'save-never': 'saving the answer fails until the process stops',
  proceed: "the store is down, and the route says `onStoreError: 'proceed'`",
  'ttl-over': 'the retry comes after `ttl`',
  'tombstone-over': 'the retry comes after `ttl` and `tombstone`',
  'wrong-resolution': 'somebody resolves an uncertain key as not applied, and is wrong',
  'other-answer': 'somebody resolves an uncertain key with another answer than its client got',
  'memory-lost': '`MemoryStore`: the process stops or dies',
  'evict-running': 'Redis evicts, or restarts without, the record of a running or uncertain attempt',
  'evict-answer': 'Redis evicts a recorded answer',
  'evict-tombstone': 'Redis evicts, or restarts without, a recorded answer and its tombstone',
  'failover-acquire': 'a Redis failover or restart forgets that the key was claimed',
  'failover-complete': 'a Redis failover or restart forgets a recorded answer, not its claim',
  'failover-release': 'a Redis failover or restart forgets that a failed handler gave its key back',
} as const satisfies Record<string, string>;

export type FaultId = keyof typeof FAULTS;

export const FAULT_IDS = Object.keys(FAULTS) as FaultId[];

/** Faults that need another one before them; their words in the table say which. */
export const DEPENDENT: readonly FaultId[] = [
  'release-never',
  'crash-saving',
  'wrong-resolution',
  'other-answer',
  'failover-release',
];
