// A customer of the shop, who says what is asked and answered.
import { setTimeout as sleep } from 'node:timers/promises';

export const say = (line = '') => console.log(line);

/** Logs in at `shop`; the session is good at both. */
export async function login(shop, user = `alice-${process.pid}`) {
  const response = await fetch(`${shop.url}/sessions`, request(undefined, { user }));
  const { token } = await response.json();
  return customer(token);
}

/** A customer with that session, or without one. */
export function customer(token) {
  return {
    /** Sends a POST, and says how it went. `fault` is the shop's `X-Demo-Fault`. */
    async post(shop, path, key, body, fault) {
      const answer = await send(shop.url + path, request(token, body, key, fault));
      say(line(shop, path, key, fault, answer));
      return answer;
    },
    /** As a good client does: with the same key, after the time it was told to wait, until the answer is final. */
    async retry(shop, path, key, body) {
      for (;;) {
        const answer = await this.post(shop, path, key, body);
        if (!answer.retryAfter) return answer;
        await sleep(1000 * answer.retryAfter);
      }
    },
    async list(shop, path) {
      const headers = token ? { authorization: `Bearer ${token}` } : {};
      const response = await fetch(shop.url + path, { headers });
      return response.json();
    },
  };
}

const request = (token, body, key, fault) => ({
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    ...(token && { authorization: `Bearer ${token}` }),
    ...(key && { 'idempotency-key': key }),
    ...(fault && { 'x-demo-fault': fault }),
  },
  body: JSON.stringify(body),
});

async function send(url, init) {
  const begin = performance.now();
  const seconds = () => ((performance.now() - begin) / 1000).toFixed(1);
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    const replayed = response.headers.get('idempotent-replayed') === 'true';
    const retryAfter = Number(response.headers.get('retry-after') ?? 0);
    const { status } = response;
    return { status, text, json: JSON.parse(text), replayed, retryAfter, seconds: seconds() };
  } catch {
    return { status: 0, text: '', json: {}, replayed: false, retryAfter: 0, seconds: seconds() };
  }
}

function line(shop, path, key, fault, { status, json, replayed, retryAfter, seconds }) {
  const asked = `${shop.name}  POST ${shortened(path)}${key ? `  key ${key}` : ''}${fault ? `  (${fault})` : ''}`;
  const done = json.resolved ? 'resolved' : 'ran';
  const what = replayed ? 'replayed' : (json.code ?? (status ? done : 'no answer'));
  const told = status ? `${status} ${what}${retryAfter ? `, Retry-After: ${retryAfter}` : ''}` : what;
  return `${asked.padEnd(64)} ${told}${json.id ? ` ${json.id.slice(0, 12)}…` : ''}  [${seconds} s]`;
}

const shortened = (path) => path.replace(/ord_[\w-]+/, 'ord_…').replace(/\/([\w-]{12})[\w-]{31}\//, '/$1…/');
