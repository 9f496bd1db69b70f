/** Invoices are numbered without gaps and without repeats, so making one twice would be seen by the tax office. */
export abstract class InvoiceNumbers {
  /** The next number, from 1. Atomic. */
  abstract next(): Promise<number>;
}
