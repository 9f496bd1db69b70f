import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TcpProxy } from '../../support/tcp-proxy.js';

/** What a socket receives, read at leisure. */
class Caller {
  received = '';
  private constructor(readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (text) => (this.received += text));
    // A cut connection ends with an error or without.
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<Caller> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Caller(socket);
  }

  get closed(): Promise<unknown> {
    return this.socket.destroyed ? Promise.resolve() : new Promise((done) => this.socket.once('close', done));
  }

  async say(text: string): Promise<string> {
    this.socket.write(text);
    const wanted = this.received.length + text.length;
    while (this.received.length < wanted) await once(this.socket, 'data');
    return this.received;
  }
}

describe('the TCP proxy of the tests', () => {
  const heard: string[] = [];
  let echo: Server;
  let proxy: TcpProxy;

  beforeEach(async () => {
    heard.length = 0;
    echo = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        heard.push(chunk.toString());
        socket.write(chunk);
      });
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.start((echo.address() as AddressInfo).port);
  });

  afterEach(async () => {
    await proxy.close();
    echo.close();
    await once(echo, 'close');
  });

  it('passes bytes both ways, and the end of a connection', async () => {
    const caller = await Caller.connect(proxy.port);
    expect(await caller.say('hello')).toBe('hello');
    const big = 'x'.repeat(1_000_000);
    expect(await caller.say(big)).toBe(`hello${big}`);
    caller.socket.end();
    await caller.closed;
    expect(proxy.accepted).toBe(1);
  });

  it('cuts every connection, and takes new ones', async () => {
    const callers = await Promise.all([Caller.connect(proxy.port), Caller.connect(proxy.port)]);
    await Promise.all(callers.map((caller) => caller.say('x')));
    expect(proxy.connections).toBe(2);
    proxy.cut();
    await Promise.all(callers.map((caller) => caller.closed));
    expect(await (await Caller.connect(proxy.port)).say('again')).toBe('again');
  });

  it('cuts a reply in the middle, after the server has got the request', async () => {
    const caller = await Caller.connect(proxy.port);
    await caller.say('first ');
    const cut = proxy.cutReply({ after: 3 });
    caller.socket.write('second');
    await caller.closed;
    await cut;
    expect(caller.received).toBe('first sec');
    expect(heard).toEqual(['first ', 'second']);
  });

  it('cuts the reply that matches, and no other', async () => {
    const caller = await Caller.connect(proxy.port);
    const cut = proxy.cutReply({ match: (reply) => reply.includes('secret') });
    expect(await caller.say('open ')).toBe('open ');
    caller.socket.write('secret');
    await cut;
    await caller.closed;
    expect(caller.received).toBe('open ');
  });

  it('holds everything in a black hole until it is healed', async () => {
    const caller = await Caller.connect(proxy.port);
    await caller.say('x');
    proxy.blackHole();
    caller.socket.write('held');
    const late = await Caller.connect(proxy.port);
    late.socket.end('late');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toEqual(['x']);
    proxy.heal();
    await once(caller.socket, 'data');
    await late.closed;
    expect(caller.received).toBe('xheld');
    expect(late.received).toBe('late');
  });

  it('loses what a black hole holds when the connection is cut', async () => {
    const caller = await Caller.connect(proxy.port);
    await caller.say('x');
    proxy.blackHole();
    caller.socket.write('lost');
    proxy.cut();
    await caller.closed;
    proxy.heal();
    expect(await (await Caller.connect(proxy.port)).say('y')).toBe('y');
    expect(heard).toEqual(['x', 'y']);
  });

  it('resets whoever connects while it refuses, and leaves the others alone', async () => {
    const before = await Caller.connect(proxy.port);
    await before.say('x');
    proxy.refuse();
    const refused = connect(proxy.port, '127.0.0.1');
    const [error] = await once(refused, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(await before.say('y')).toBe('xy');
    proxy.heal();
    expect(await (await Caller.connect(proxy.port)).say('z')).toBe('z');
    expect(proxy.accepted).toBe(2);
  });

  it('keeps the order of what it delays', async () => {
    const caller = await Caller.connect(proxy.port);
    proxy.delay(5);
    caller.socket.write('a');
    await new Promise((resolve) => setImmediate(resolve));
    caller.socket.write('b');
    expect(await caller.say('c')).toBe('abc');
  });
});
