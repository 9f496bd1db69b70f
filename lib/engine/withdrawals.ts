import type { ClaimRef } from '../store/idempotency-store.js';
import { Backoff } from './backoff.js';

/**
 * Claims kept at most; what comes then is left to the end of its lease. The oldest are those that were under way when the
 * store went away: what comes after them has hardly reached it.
 */
const MOST = 10_000;

/**
 * Claims whose answer never came: the store may have given a lease that nobody uses. They are taken back, one at a time,
 * as soon as the store answers again, so that a lost reply neither blocks a key nor makes it uncertain.
 */
export class Withdrawals<C extends ClaimRef = ClaimRef> {
  private readonly claims: C[] = [];
  private backoff = new Backoff();
  private working: Promise<void> | undefined;

  constructor(private readonly takeBack: (claim: C) => Promise<unknown>) {}

  add(claim: C): void {
    if (this.claims.length < MOST) this.claims.push(claim);
    this.working ??= this.work();
  }

  /** Claims not taken back yet. */
  get size(): number {
    return this.claims.length;
  }

  /** Tries at once, until the first failure; what is left then is given up. Resolves when that is done. */
  async hurry(): Promise<void> {
    this.backoff.hurry();
    await this.working;
  }

  private async work(): Promise<void> {
    for (let claim = this.claims[0]; claim; claim = this.claims[0]) {
      const isLastTry = this.backoff.isHurried;
      try {
        await this.takeBack(claim);
        this.claims.shift();
        this.backoff.reset();
      } catch {
        if (isLastTry) this.claims.length = 0;
        else await this.afterOthers(claim);
      }
    }
    // In the same breath as the last look at the claims: one that comes later begins anew.
    this.working = undefined;
  }

  /** Where one part of the store is away, its claims do not hold up those of the others. */
  private async afterOthers(claim: C): Promise<void> {
    this.claims.shift();
    this.claims.push(claim);
    await this.backoff.pause();
  }
}
