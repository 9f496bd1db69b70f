import { InvoiceNumbers } from './invoice-numbers.js';

export class MemoryInvoiceNumbers extends InvoiceNumbers {
  private last = 0;

  override async next(): Promise<number> {
    return ++this.last;
  }
}
