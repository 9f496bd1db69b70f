import { chargeStatus, type Charge, type Refund } from './charge.js';
import { ChargeRepository } from './charge.repository.js';

interface Entry {
  readonly userId: string;
  readonly charge: Charge;
  readonly refunds: Map<string, Refund>;
}

const refundedOf = ({ refunds }: Entry): number =>
  [...refunds.values()].reduce((total, { amount }) => total + amount, 0);

const present = (entry: Entry): Charge => ({
  ...entry.charge,
  status: chargeStatus(entry.charge.amount, refundedOf(entry)),
});

export class MemoryChargeRepository extends ChargeRepository {
  private readonly entries = new Map<string, Entry>();
  private readonly ids = new Map<string, string>();

  override async insert(userId: string, charge: Charge, idempotencyKey: string): Promise<Charge> {
    const request = `${charge.orderId} ${idempotencyKey}`;
    const known = this.entries.get(this.ids.get(request) ?? '');
    if (known) return present(known);
    this.ids.set(request, charge.id);
    this.entries.set(charge.id, { userId, charge, refunds: new Map() });
    return charge;
  }

  override async find(id: string): Promise<Charge | undefined> {
    const entry = this.entries.get(id);
    return entry && present(entry);
  }

  override async list(userId: string): Promise<Charge[]> {
    return [...this.entries.values()].filter((entry) => entry.userId === userId).map(present);
  }

  override async refund(refund: Refund): Promise<Refund | undefined> {
    const entry = this.entries.get(refund.chargeId);
    if (!entry) return undefined;
    const known = entry.refunds.get(refund.id);
    if (known) return known;
    if (refundedOf(entry) + refund.amount > entry.charge.amount) return undefined;
    entry.refunds.set(refund.id, refund);
    return refund;
  }
}
