import type { Readable } from 'node:stream';
import PDFDocument from 'pdfkit';
import type { Order } from '../orders/order.js';

/** Draws the invoice of an order; the PDF comes as a stream. */
export function drawInvoice(number: string, order: Order): Readable {
  const money = new Intl.NumberFormat('en-IE', { style: 'currency', currency: order.currency });
  const pdf = new PDFDocument({ size: 'A4', margin: 64, info: { Title: `Invoice ${number}` } });
  pdf.fontSize(20).text(`Invoice ${number}`).fontSize(11);
  pdf.text(`Order ${order.id}, ${order.createdAt.slice(0, 10)}, ${order.status}`).moveDown();
  for (const { sku, quantity, price } of order.items) {
    pdf.text(`${quantity} × ${sku}`, { continued: true });
    pdf.text(money.format((quantity * price) / 100), { align: 'right' });
  }
  pdf.moveDown().text('Total', { continued: true });
  pdf.text(money.format(order.total / 100), { align: 'right' });
  pdf.end();
  return pdf as unknown as Readable;
}
