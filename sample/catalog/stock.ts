export interface StockItem {
  readonly sku: string;
  readonly quantity: number;
}

/** How many pieces are left. */
export abstract class Stock {
  /** Pieces left by SKU. */
  abstract levels(): Promise<ReadonlyMap<string, number>>;

  /**
   * Takes the pieces of one order, all or none, in one atomic step; taking again for the same order takes
   * nothing. Returns the SKU of which there are too few, or nothing when they are taken.
   */
  abstract take(orderId: string, items: readonly StockItem[]): Promise<string | undefined>;
}
