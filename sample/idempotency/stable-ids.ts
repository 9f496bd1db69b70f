import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { IDEMPOTENCY_DEFAULTS, IdempotencyContext } from 'nestjs-idempotency';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';
import { References } from './references.js';

/**
 * Ids for what a request makes. A request that is run again, because its first attempt crashed or failed, gets
 * the id of its first attempt and so finds what that one has already done.
 *
 * The library promises that attempts never run side by side and that a finished request never runs again. That
 * an attempt which died half-way does not charge twice is the part that takes the shop: here, and in its `Steps`.
 */
@Injectable()
export class StableIds {
  /** ms. Not longer than answers are kept: after that a key is new, and what it asks for is made anew. */
  private readonly ttl: number;

  constructor(
    @Inject(shopConfig.KEY) config: ShopConfig,
    private readonly context: IdempotencyContext,
    private readonly references: References,
  ) {
    this.ttl = config.idempotencyTtl ?? IDEMPOTENCY_DEFAULTS.ttl;
  }

  /** `question` is who asks for what: the same key with another question is another thing. */
  async create(prefix: string, ...question: readonly unknown[]): Promise<string> {
    const fresh = `${prefix}_${randomUUID()}`;
    const { key } = this.context;
    if (key === undefined) return fresh;
    const reference = createHash('sha256')
      .update(JSON.stringify([prefix, key, question]))
      .digest('base64url');
    return this.references.keep(reference, fresh, this.ttl);
  }
}
