// The question and the answer of every candidate. No input or output: what is left is the framework and this library.
import { Body, Post } from '@nestjs/common';
import { padded } from './order.mjs';

/** What the server's process tells and is told about its handlers. */
export const handlers = {
  calls: 0,
  answerBytes: 500,
  /** A promise while the next calls have to wait. */
  gate: undefined,
  /** Called by a call that waits. */
  onHeld: undefined,
};

/** A new controller class for `POST` on the path that the caller gives it. */
export function ordersController(...methodDecorators) {
  class OrdersController {
    create(order) {
      const id = `o-${String(++handlers.calls).padStart(10, '0')}`;
      const { currency, lines } = order;
      const answer = padded({ id, status: 'created', total: 3400, currency, lines }, handlers.answerBytes);
      if (handlers.gate === undefined) return answer;
      handlers.onHeld?.();
      return handlers.gate.then(() => answer);
    }
  }
  // What TypeScript makes of `@Post() create(@Body() order)`.
  Body()(OrdersController.prototype, 'create', 0);
  const method = Object.getOwnPropertyDescriptor(OrdersController.prototype, 'create');
  for (const decorate of [...methodDecorators, Post()])
    decorate(OrdersController.prototype, 'create', method);
  return OrdersController;
}
