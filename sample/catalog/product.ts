/** Something the shop sells. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  /** Cents. */
  readonly price: number;
  readonly currency: string;
}

/** What the shop sells, and how many of each it starts with. */
export const PRODUCTS: readonly (Product & { readonly stock: number })[] = [
  { sku: 'mug', name: 'Mug', price: 1_250, currency: 'EUR', stock: 100 },
  { sku: 'shirt', name: 'T-shirt', price: 2_490, currency: 'EUR', stock: 50 },
  { sku: 'poster', name: 'Signed poster', price: 9_900, currency: 'EUR', stock: 3 },
];
