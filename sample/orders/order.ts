export interface OrderItem {
  readonly sku: string;
  readonly quantity: number;
  /** Cents for one piece, as it was when the order was placed. */
  readonly price: number;
}

/** A later status never gives way to an earlier one. */
export const ORDER_STATUSES = ['pending', 'paid', 'partially_refunded', 'refunded'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** What a customer sees. */
export interface Order {
  readonly id: string;
  readonly items: readonly OrderItem[];
  /** Cents. */
  readonly total: number;
  readonly currency: string;
  readonly status: OrderStatus;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** An order as the shop keeps it. */
export interface StoredOrder extends Order {
  readonly userId: string;
  /** The one charge that may pay it. */
  readonly chargeId?: string;
}

export function publicOrder({ id, items, total, currency, status, createdAt }: StoredOrder): Order {
  return { id, items, total, currency, status, createdAt };
}
