// Two processes of the shop on one Redis, and a customer who asks them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const programs = new URL('../../dist/sample/', import.meta.url);

/** Starts the shops `A` and `B`, or another program as `A` and `B`. `stop()` ends both. */
export async function startShops(redisUrl, env = {}, program = 'main.js') {
  const main = fileURLToPath(new URL(program, programs));
  if (!existsSync(main)) {
    throw new Error('The shop is not built. Run: npm run build && npx nest build shop');
  }
  const [a, b] = await Promise.all(['A', 'B'].map((name) => startShop(main, name, redisUrl, env)));
  return {
    a,
    b,
    /** Ends both, and settles when their logs are complete. May be called twice. */
    async stop() {
      for (const { child } of [a, b]) {
        child.kill('SIGTERM');
        // One that is stopped hears nothing else.
        child.kill('SIGCONT');
      }
      await Promise.all([a.closed, b.closed]);
    },
  };
}

async function startShop(main, name, redisUrl, env) {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, NO_COLOR: '1', PORT: '0', DEMO_FAULTS: '1', REDIS_URL: redisUrl, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = [];
  const closed = once(child, 'close');
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      const [, port] = /listens on http:\/\/\S+:(\d+)/i.exec(line) ?? [];
      if (port) resolve(`http://127.0.0.1:${port}`);
    });
    child.once('exit', () => reject(new Error(`The shop did not start:\n${log.join('\n')}`)));
  });
  return { name, child, log, url, ended: once(child, 'exit'), closed };
}

/** How often the handler of `path` ran to its end, by what the shops have logged. Call it after `stop()`. */
export function executions({ a, b }, path) {
  return [...a.log, ...b.log].filter((line) => line.includes(`POST ${path} `) && / ran\b/.test(line)).length;
}
