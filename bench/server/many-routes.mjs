// An application with 500 routes.
import { Controller, Param, Post } from '@nestjs/common';

const CONTROLLERS = 50;
const METHODS = 10;

function controllerWith(index, decorators) {
  class ManyController {}
  const { prototype } = ManyController;
  for (let i = 0; i < METHODS; i++) {
    const name = `method${i}`;
    prototype[name] = function answer(id) {
      return { id, controller: index, method: i };
    };
    Param('id')(prototype, name, 0);
    const method = Object.getOwnPropertyDescriptor(prototype, name);
    for (const decorate of [...decorators, Post(`${name}/:id`)]) decorate(prototype, name, method);
  }
  Controller(`many${index}`)(ManyController);
  // Operations are called after classes.
  Object.defineProperty(ManyController, 'name', { value: `Many${index}Controller` });
  return ManyController;
}

/** `kind`: nothing, the `module` on routes that are not decorated, or `decorated` ones. */
export async function manyRoutes(kind) {
  const imports = [];
  const decorators = [];
  if (kind !== 'nothing') {
    const { IdempotencyModule, Idempotent } = await import('nestjs-idempotency');
    const { memory } = await import('./stores.mjs');
    imports.push(IdempotencyModule.forRoot({ store: await memory() }));
    if (kind === 'decorated') decorators.push(Idempotent());
  }
  const controllers = Array.from({ length: CONTROLLERS }, (_, index) => controllerWith(index, decorators));
  return { imports, controllers };
}
