import type { ShopFile } from '../storage/shop-file.js';
import { PRODUCTS } from './product.js';
import { Stock, type StockItem } from './stock.js';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS sold (sku TEXT PRIMARY KEY, pieces INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS served_orders (id TEXT PRIMARY KEY);`;

/** Counts what was sold, so that an empty file is a full shop. */
export class SqliteStock extends Stock {
  constructor(private readonly file: ShopFile) {
    super();
    file.define(SCHEMA);
  }

  override async levels(): Promise<ReadonlyMap<string, number>> {
    const rows = this.file.rows<{ sku: string; pieces: number }>('SELECT sku, pieces FROM sold');
    const sold = new Map(rows.map(({ sku, pieces }) => [sku, pieces]));
    return new Map(PRODUCTS.map(({ sku, stock }) => [sku, stock - (sold.get(sku) ?? 0)]));
  }

  override async take(orderId: string, items: readonly StockItem[]): Promise<string | undefined> {
    return this.file.atomically(() => {
      if (this.file.rows('SELECT id FROM served_orders WHERE id = ?', orderId).length > 0) return undefined;
      const short = items.find(({ sku, quantity }) => this.left(sku) < quantity);
      if (short) return short.sku;
      for (const { sku, quantity } of items) this.sell(sku, quantity);
      this.file.rows('INSERT INTO served_orders (id) VALUES (?) RETURNING id', orderId);
      return undefined;
    });
  }

  private left(sku: string): number {
    const stock = PRODUCTS.find((product) => product.sku === sku)?.stock ?? 0;
    const [row] = this.file.rows<{ pieces: number }>('SELECT pieces FROM sold WHERE sku = ?', sku);
    return stock - (row?.pieces ?? 0);
  }

  private sell(sku: string, quantity: number): void {
    this.file.rows(
      `INSERT INTO sold (sku, pieces) VALUES (?, ?)
       ON CONFLICT (sku) DO UPDATE SET pieces = pieces + excluded.pieces RETURNING sku`,
      sku,
      quantity,
    );
  }
}
