import type { ShopDatabase } from '../storage/shop-database.js';
import { PRODUCTS } from './product.js';
import { Stock, type StockItem } from './stock.js';

/** Has what was taken given back. */
class TooFew extends Error {
  constructor(readonly sku: string) {
    super(`There are too few of "${sku}".`);
  }
}

/** Counts what was sold, so that an empty table is a full shop. */
export class PostgresStock extends Stock {
  constructor(private readonly database: ShopDatabase) {
    super();
  }

  override async levels(): Promise<ReadonlyMap<string, number>> {
    const sql = 'SELECT sku, pieces FROM shop.sold';
    const rows = await this.database.rows<{ sku: string; pieces: number }>(sql);
    const sold = new Map(rows.map(({ sku, pieces }) => [sku, pieces]));
    return new Map(PRODUCTS.map(({ sku, stock }) => [sku, stock - (sold.get(sku) ?? 0)]));
  }

  override async take(orderId: string, items: readonly StockItem[]): Promise<string | undefined> {
    try {
      await this.database.atomically(() => this.sellAll(orderId, items));
      return undefined;
    } catch (error) {
      if (error instanceof TooFew) return error.sku;
      throw error;
    }
  }

  private async sellAll(orderId: string, items: readonly StockItem[]): Promise<void> {
    const serve = 'INSERT INTO shop.served_orders (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id';
    if ((await this.database.rows(serve, orderId)).length === 0) return;
    // Always in this order: two orders of the same products would wait for each other.
    for (const item of [...items].sort((a, b) => (a.sku < b.sku ? -1 : 1))) await this.sell(item);
  }

  private async sell({ sku, quantity }: StockItem): Promise<void> {
    const [row] = await this.database.rows<{ pieces: number }>(
      `INSERT INTO shop.sold AS s (sku, pieces) VALUES ($1, $2)
       ON CONFLICT (sku) DO UPDATE SET pieces = s.pieces + excluded.pieces RETURNING pieces`,
      sku,
      quantity,
    );
    const stock = PRODUCTS.find((product) => product.sku === sku)?.stock ?? 0;
    if (!row || row.pieces > stock) throw new TooFew(sku);
  }
}
