import { PRODUCTS } from './product.js';
import { Stock, type StockItem } from './stock.js';

export class MemoryStock extends Stock {
  private readonly left = new Map(PRODUCTS.map(({ sku, stock }) => [sku, stock]));
  private readonly taken = new Set<string>();

  override async levels(): Promise<ReadonlyMap<string, number>> {
    return new Map(this.left);
  }

  override async take(orderId: string, items: readonly StockItem[]): Promise<string | undefined> {
    if (this.taken.has(orderId)) return undefined;
    const short = items.find(({ sku, quantity }) => (this.left.get(sku) ?? 0) < quantity);
    if (short) return short.sku;
    for (const { sku, quantity } of items) this.left.set(sku, (this.left.get(sku) ?? 0) - quantity);
    this.taken.add(orderId);
    return undefined;
  }
}
