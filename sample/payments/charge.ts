export type ChargeStatus = 'succeeded' | 'partially_refunded' | 'refunded';

/** Money that was taken. */
export interface Charge {
  readonly id: string;
  readonly orderId: string;
  /** Cents. */
  readonly amount: number;
  readonly currency: string;
  readonly status: ChargeStatus;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Money that was given back. */
export interface Refund {
  readonly id: string;
  readonly orderId: string;
  readonly chargeId: string;
  /** Cents. */
  readonly amount: number;
  readonly currency: string;
  readonly status: 'succeeded';
  /** ISO 8601. */
  readonly createdAt: string;
}

export function chargeStatus(amount: number, refunded: number): ChargeStatus {
  if (refunded === 0) return 'succeeded';
  return refunded < amount ? 'partially_refunded' : 'refunded';
}
