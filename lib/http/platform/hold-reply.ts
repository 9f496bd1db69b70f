import type { ServerResponse } from 'node:http';

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
  let letGo!: () => void;
  const released = new Promise<void>((resolve) => (letGo = resolve));
  // What Fastify and Nest ask before they send. Who finds it true may end the response; who awaits it, still waits.
  Object.defineProperty(reply, 'sent', { value: true, configurable: true });
  Object.defineProperty(reply, 'then', {
    value: (...args: Parameters<Reply['then']>) => void released.then(() => reply.then(...args)),
    configurable: true,
  });
  Object.defineProperty(raw, 'end', { value: () => raw, configurable: true, writable: true });
  return () => {
    delete (reply as Partial<Reply>).sent;
    delete (reply as Partial<Reply>).then;
    if (end) Object.defineProperty(raw, 'end', end);
    else delete (raw as Partial<ServerResponse>).end;
    letGo();
  };
}
