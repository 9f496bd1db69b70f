import type { ServerResponse } from 'node:http';
import { Latch } from '../../engine/latch.js';

/** The part of Fastify's reply that says whether it is over. */
interface Reply {
  readonly raw: ServerResponse;
  sent: boolean;
  then(fulfilled: () => void, rejected: (error: Error) => void): void;
}

/**
 * Keeps everybody else from answering while an answer is being saved. Fastify sends once more when the promise of a
 * route resolves and nothing has left yet: on Nest 10 and 11 that of a redirect does.
 *
 * @returns ends the hold
 */
export function holdReply(held: { readonly raw: ServerResponse }): () => void {
  const reply = held as Reply;
  const { raw } = reply;
  const end = Object.getOwnPropertyDescriptor(raw, 'end');
  const released = new Latch();
  // What Fastify and Nest ask before they send. Who finds it true may end the response; who awaits it, still waits.
  Object.defineProperty(reply, 'sent', { value: true, configurable: true });
  Object.defineProperty(reply, 'then', {
    value: (...args: Parameters<Reply['then']>) => void released.opened.then(() => reply.then(...args)),
    configurable: true,
  });
  Object.defineProperty(raw, 'end', { value: () => raw, configurable: true, writable: true });
  return () => {
    // The last one first: V8 then takes the object for what it was, and does not make it a slow one.
    if (end) Object.defineProperty(raw, 'end', end);
    else delete (raw as Partial<ServerResponse>).end;
    delete (reply as Partial<Reply>).then;
    delete (reply as Partial<Reply>).sent;
    released.open();
  };
}
