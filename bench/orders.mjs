// The question and the answer of every candidate. No input or output: what is left is the framework and this library.
import { Body, Post } from '@nestjs/common';

const padded = (value, bytes) => ({
  ...value,
  note: 'x'.repeat(bytes - JSON.stringify({ ...value, note: '' }).length),
});

const lines = [
  { sku: 'tea-0001', quantity: 2, price: 1250 },
  { sku: 'cup-0042', quantity: 1, price: 900 },
];

/** 300 bytes of JSON. */
export const ORDER = JSON.stringify(padded({ customer: 'c-1029', currency: 'EUR', lines }, 300));

/** A new controller class for `POST` on the path that the caller gives it; `calls` counts how often it ran. */
export function ordersController(...methodDecorators) {
  class OrdersController {
    static calls = 0;

    create(order) {
      const id = `o-${String(++OrdersController.calls).padStart(10, '0')}`;
      return padded(
        { id, status: 'created', total: 3400, currency: order.currency, lines: order.lines },
        500,
      );
    }
  }
  // What TypeScript makes of `@Post() create(@Body() order)`.
  Body()(OrdersController.prototype, 'create', 0);
  const method = Object.getOwnPropertyDescriptor(OrdersController.prototype, 'create');
  for (const decorate of [...methodDecorators, Post()])
    decorate(OrdersController.prototype, 'create', method);
  return OrdersController;
}
