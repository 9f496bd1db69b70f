import type { ServerResponse } from 'node:http';

/** Calls `listener` when the response's connection is gone, or soon if it already is. */
export function onClose(response: ServerResponse, listener: () => void): void {
  const { req } = response as { req?: { socket?: { destroyed?: boolean } } };
  if (response.closed || response.destroyed || req?.socket?.destroyed) setImmediate(listener);
  else response.once('close', listener);
}
