// A bank that pays whatever it is told, every time, and can be asked what it has paid.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/** `onTransfer` is called when the money is gone, before the bank answers. */
export async function startBank(onTransfer) {
  const transfers = [];
  const server = createServer(async (request, response) => {
    const transfer = { id: `tr_${transfers.length + 1}`, ...JSON.parse(await text(request)) };
    transfers.push(transfer);
    onTransfer(transfer);
    response.end(JSON.stringify(transfer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    transfers,
    stop: () => (server.close(), server.closeAllConnections()),
  };
}
