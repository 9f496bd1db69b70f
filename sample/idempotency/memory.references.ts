import { References } from './references.js';

export class MemoryReferences extends References {
  private readonly kept = new Map<string, { readonly id: string; readonly until: number }>();

  override async keep(reference: string, id: string, ttl: number): Promise<string> {
    const now = Date.now();
    // Oldest first, and all live equally long: the dead ones are in front.
    for (const [old, { until }] of this.kept) {
      if (until > now) break;
      this.kept.delete(old);
    }
    const known = this.kept.get(reference);
    if (!known) this.kept.set(reference, { id, until: now + ttl });
    return known?.id ?? id;
  }
}
