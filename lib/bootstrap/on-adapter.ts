import type { AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';

/** Calls `listener` with the application's HTTP adapter: now, or as soon as it is set. */
export function onAdapter(host: HttpAdapterHost, listener: (adapter: AbstractHttpAdapter) => void): void {
  const present = host.httpAdapter as AbstractHttpAdapter | undefined;
  if (present) return listener(present);
  // Nest's testing module makes providers before it knows the adapter, and Nest 10 tells nobody when it does.
  const accessor = (Object.getOwnPropertyDescriptor(host, 'httpAdapter') ??
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(host) as object, 'httpAdapter'))!;
  Object.defineProperty(host, 'httpAdapter', {
    configurable: true,
    get: () => accessor.get!.call(host) as unknown,
    set: (adapter: AbstractHttpAdapter) => {
      delete (host as { httpAdapter?: unknown }).httpAdapter;
      accessor.set!.call(host, adapter);
      listener(adapter);
    },
  });
}
