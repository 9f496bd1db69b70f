import { operationLabel } from '../../../lib/engine/operation-label.js';

describe('the name of an operation, as a store keeps it', () => {
  it.each([
    ['OrdersController.create', 'OrdersController.create'],
    ['send mail', 'send mail'],
    ['GrößeController.create', 'Gr??eController.create'],
    ['a\nb', 'a?b'],
    ['', '?'],
    ['x'.repeat(300), 'x'.repeat(200)],
  ])('of %j is %j', (operation, label) => {
    expect(operationLabel(operation)).toBe(label);
  });
});
