// A network between a client and a server on this machine, which a test can break.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Gate } from './fault-gate.js';

/** What `cutReply` does to which reply. */
export interface ReplyCut {
  /** Bytes of the reply that still arrive. @default 0 */
  readonly after?: number;
  /** Which reply; its bytes are those of one read, not necessarily a whole reply. @default the next one */
  readonly match?: (reply: Buffer) => boolean;
}

interface PendingCut extends ReplyCut {
  readonly done: () => void;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * Passes bytes between clients and `127.0.0.1:target`. Faults are for all connections, and last until `heal`, except
 * cuts, which happen once.
 */
export class TcpProxy {
  private readonly links = new Set<Link>();
  private cuts: PendingCut[] = [];
  private hole: Gate | undefined;
  private refuses = false;
  private latency = 0;
  /** Connections that clients have opened so far, without those that were refused. */
  accepted = 0;

  private constructor(
    private readonly listener: Server,
    private readonly target: number,
  ) {
    listener.on('connection', (client: Socket) => this.accept(client));
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(target: number): Promise<TcpProxy> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new TcpProxy(listener, target);
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.links.size;
  }

  /** Ends all connections at once; bytes on their way are lost. */
  cut(): void {
    for (const link of this.links) sever(link);
  }

  /**
   * The server gets the request and answers; of the answer `after` bytes arrive, and then the connection ends.
   * Resolves when that has happened, or by `heal`.
   */
  cutReply(cut: ReplyCut = {}): Promise<void> {
    return new Promise((done) => this.cuts.push({ ...cut, done }));
  }

  /** Passes what comes, in both directions, `ms` later; 0 ends it. */
  delay(ms: number): void {
    this.latency = ms;
  }

  /**
   * Passes no byte and no end of a connection in either direction. Connections can be opened, which lead nowhere. What
   * was sent meanwhile arrives after `heal`, unless `cut` comes first.
   */
  blackHole(): void {
    this.hole ??= new Gate();
  }

  /** Resets whoever connects. Open connections stay: see `cut`. */
  refuse(): void {
    this.refuses = true;
  }

  /** Ends all faults that last, and cuts that have not happened. */
  heal(): void {
    this.latency = 0;
    this.refuses = false;
    this.hole?.open();
    this.hole = undefined;
    for (const { done } of this.cuts.splice(0)) done();
  }

  async close(): Promise<void> {
    this.heal();
    this.listener.close();
    this.cut();
    await once(this.listener, 'close');
  }

  private accept(client: Socket): void {
    if (this.refuses) return void client.resetAndDestroy();
    this.accepted++;
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const link = { client, server };
    this.links.add(link);
    for (const socket of [client, server]) {
      // A side that failed or is gone takes the other with it.
      socket.on('error', () => sever(link));
      socket.once('close', () => {
        if (client.destroyed && server.destroyed) this.links.delete(link);
      });
    }
    void this.carry(client, server, link);
    void this.carry(server, client, link, (chunk) => this.lossOf(chunk));
  }

  private async carry(
    from: Socket,
    to: Socket,
    link: Link,
    loss?: (chunk: Buffer) => PendingCut | undefined,
  ) {
    try {
      // The side that has said its last word still listens.
      for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        await this.passable();
        const cut = loss?.(chunk);
        if (cut) return this.cutWithin(chunk, to, link, cut);
        if (!to.write(chunk) && !to.destroyed) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      }
      await this.passable();
      to.end();
    } catch {
      sever(link);
    }
  }

  private async passable(): Promise<void> {
    if (this.latency) await sleep(this.latency);
    while (this.hole) await this.hole.pass();
  }

  private lossOf(reply: Buffer): PendingCut | undefined {
    const at = this.cuts.findIndex(({ match }) => !match || match(reply));
    return at < 0 ? undefined : this.cuts.splice(at, 1)[0];
  }

  private cutWithin(reply: Buffer, client: Socket, link: Link, { after = 0, done }: PendingCut): void {
    // Flushed before the end: what is meant to arrive does.
    client.end(reply.subarray(0, after), () => sever(link));
    client.once('close', done);
    if (client.destroyed) done();
  }
}

function sever({ client, server }: Link): void {
  client.destroy();
  server.destroy();
}
