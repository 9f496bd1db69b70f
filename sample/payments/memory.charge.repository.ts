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

  override async insert(userId: string, charge: Charge): Promise<Charge> {
    const known = this.entries.get(charge.id);
    if (known) return present(known);
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
