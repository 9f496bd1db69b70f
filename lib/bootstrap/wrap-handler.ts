import { currentExecution } from '../execution/current-execution.js';
import { IDEMPOTENT_HANDLER } from './metadata.js';

const WRAPPED = Symbol.for('nestjs-idempotency.wrapped');

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Puts a wrapper where the router will find the handler, and returns it. Entering it is what separates "a pipe
 * said no" (nothing happened) from "the handler said no", and it is the first moment at which uploaded files are
 * known. Called outside of an idempotent request, by a unit test or by another method, it is the method itself.
 */
export function wrapHandler(prototype: object, name: string): Method {
  const original = (prototype as Record<string, Method>)[name]!;
  if (WRAPPED in original && Object.hasOwn(prototype, name)) return original;
  const method = (original as { [WRAPPED]?: Method })[WRAPPED] ?? original;
  const wrapper: Method = function (...args) {
    const execution = currentExecution();
    const run = () => method.apply(this, args);
    return execution?.handler === wrapper ? execution.enter(run) : run();
  };
  Object.defineProperty(wrapper, 'name', { value: method.name });
  Object.defineProperty(wrapper, WRAPPED, { value: method });
  // Nest and others keep what decorators said on the function: paths, guards, filters, documentation.
  for (const key of Reflect.getMetadataKeys(method)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapper);
  }
  Reflect.defineMetadata(IDEMPOTENT_HANDLER, wrapper, wrapper);
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable: descriptor?.enumerable ?? false,
    writable: true,
    value: wrapper,
  });
  return wrapper;
}
