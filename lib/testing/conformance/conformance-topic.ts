import type { StoreCapabilities } from '../../store/idempotency-store.js';
import type { ConformanceContext } from './conformance-context.js';

/** A capability that a store has or has not. */
export type Capability = {
  [Name in keyof StoreCapabilities]: StoreCapabilities[Name] extends boolean ? Name : never;
}[keyof StoreCapabilities];

/** Proves one sentence of the contract; rejects when the store breaks it. */
export type Check = (context: ConformanceContext) => Promise<void>;

/** The checks on one part of the contract. */
export interface Topic {
  readonly title: string;
  /** Left out for a store that does not declare this. Nothing else leaves a check out. */
  readonly needs?: Capability;
  /** By title: the sentence that the check proves. */
  readonly checks: Readonly<Record<string, Check>>;
}
