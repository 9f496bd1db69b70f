// A customer of the sample shop, over real HTTP.

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The body as JSON; what it is, the test knows. */
  json<T = Record<string, unknown>>(): T;
}

export interface Ask {
  readonly key?: string;
  readonly fault?: string;
}

export interface OrderJson {
  readonly id: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly total: number;
  readonly currency: string;
  readonly status: string;
  readonly createdAt: string;
}

let keys = 0;
export const newKey = (): string => `key-${process.pid}-${++keys}`;

export const GOOD_CARD = '4242424242424242';
export const DECLINED_CARD = '4000000000000002';

export class ShopClient {
  constructor(
    readonly url: string,
    readonly token?: string,
  ) {}

  static async login(url: string, user: string): Promise<ShopClient> {
    const answer = await new ShopClient(url).post('/sessions', { user });
    return new ShopClient(url, answer.json<{ token: string }>().token);
  }

  /** The same customer, session included, at another process of the shop. */
  at(url: string): ShopClient {
    return new ShopClient(url, this.token);
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  post(path: string, body?: unknown, ask: Ask = {}): Promise<Answer> {
    return this.send('POST', path, body, ask);
  }

  order(items: readonly { sku: string; quantity: number }[], ask: Ask = { key: newKey() }): Promise<Answer> {
    return this.post('/orders', { items }, ask);
  }

  pay({ id, total, currency }: OrderJson, ask: Ask = { key: newKey() }, card = GOOD_CARD): Promise<Answer> {
    return this.post(`/orders/${id}/payments`, { amount: total, currency, card }, ask);
  }

  /** A new order of one mug. */
  async mug(): Promise<OrderJson> {
    return (await this.order([{ sku: 'mug', quantity: 1 }])).json<OrderJson>();
  }

  async list<T = Record<string, unknown>>(path: string): Promise<T[]> {
    return (await this.get(path)).json<T[]>();
  }

  async stock(sku: string): Promise<number> {
    const products = await this.list<{ sku: string; stock: number }>('/products');
    return products.find((product) => product.sku === sku)?.stock ?? Number.NaN;
  }

  private async send(
    method: string,
    path: string,
    body?: unknown,
    { key, fault }: Ask = {},
  ): Promise<Answer> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    if (key) headers['idempotency-key'] = key;
    if (fault) headers['x-demo-fault'] = fault;
    const response = await fetch(this.url + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      json: <T>() => JSON.parse(bytes.toString()) as T,
    };
  }
}

/** Asks as a good client does: again, after the time it was told to wait, while the first attempt might live. */
export async function patiently(send: () => Promise<Answer>): Promise<Answer> {
  let answer = await send();
  while (answer.status === 409 && answer.json().code === 'IDEMPOTENCY_IN_PROGRESS') {
    await new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.headers.get('retry-after'))));
    answer = await send();
  }
  return answer;
}

/** Whether the answer says of itself that it is a replay. */
export const replayed = ({ headers }: Answer): boolean => headers.get('idempotent-replayed') === 'true';
