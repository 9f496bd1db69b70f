// The server of a candidate: a process of its own on a core of its own.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RIVALS, ROOT } from './builds.mjs';
import { startChild } from './child.mjs';
import { pinServer, unpin } from './pin.mjs';

/**
 * Servers take turns. In one that waits, V8 collects garbage as thoroughly as it can after some seconds, and with the last
 * objects of a kind goes the code that was made for them: its next requests cost two to three times as much, until it is made again.
 * That is not what a request costs under load, so nothing is collected while they wait.
 */
const WAITING = ['--no-memory-reducer'];

const HOMES = { root: ROOT, rivals: RIVALS };

/**
 * Makes `start(platform, candidate, more)`, which gives what `startChild` does. `more`: `options` of `@Idempotent()`, `answerBytes`, and
 * `nodeOptions`.
 */
export function serverStarter({ services, builds, profile }) {
  async function specOf(platform, candidate, more) {
    const { application, home, build: label } = candidate;
    const build = builds.find((one) => one.label === label);
    const spec = { platform, application, home: HOMES[home], library: build.libraries[home], ...more };
    spec.redisUrl ??= services.redisUrl;
    if (application === 'postgres') {
      spec.postgresUrl = services.postgresUrl;
      spec.schema ??= await services.newSchema();
    }
    return spec;
  }

  function profiled(platform, { name }) {
    if (!profile) return [];
    const folder = join(profile, `${platform} ${name}`.replace(/[^\w.-]+/g, '-'));
    mkdirSync(folder, { recursive: true });
    return ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  }

  return async (platform, candidate, { nodeOptions = [], ...more } = {}) => {
    const spec = await specOf(platform, candidate, more);
    const folder =
      spec.application === 'sqlite' && !spec.file && mkdtempSync(join(tmpdir(), 'idempotency-bench-'));
    if (folder) spec.file = join(folder, 'records.db');
    const server = await startChild(`${platform} ${candidate.name}`, 'server/main.mjs', {
      args: [JSON.stringify(spec)],
      execArgv: [...WAITING, ...nodeOptions, ...profiled(platform, candidate)],
      onSpawn: unpin,
    });
    pinServer(server.pid);
    return {
      ...server,
      async stop() {
        await server.stop();
        if (folder) rmSync(folder, { recursive: true, force: true });
      },
    };
  };
}
