// What a Redis was asked, as it saw it itself.

/** Commands that clients sent while `during` runs, without those of `redis` and without what scripts call. */
export async function commandsDuring(redis, during) {
  const monitor = await redis.monitor();
  const names = [];
  const mark = `mark-${process.hrtime.bigint()}`;
  const seen = new Promise((resolve) => {
    monitor.on('monitor', (_, [name, argument], source) => {
      if (argument === mark) resolve();
      else if (source !== 'lua') names.push(name.toLowerCase());
    });
  });
  try {
    await during();
    await redis.echo(mark);
    await seen;
  } finally {
    monitor.disconnect();
  }
  return names;
}

/** `{ evalsha: { calls, usec } }` of all commands since the last `CONFIG RESETSTAT`. */
export async function commandStats(redis) {
  const text = await redis.info('commandstats');
  const lines = [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm)];
  return Object.fromEntries(lines.map(([, name, calls, usec]) => [name, { calls: +calls, usec: +usec }]));
}

const SCRIPTS = ['eval', 'evalsha', 'fcall'];
const OURS = ['config|resetstat', 'info', 'echo', 'monitor', 'flushall', 'ping'];

/** CPU µs that commands took. Those of a script hold what it calls; who runs scripts here runs nothing else. */
export function commandMicros(stats) {
  const scripts = SCRIPTS.filter((name) => stats[name]);
  const names = scripts.length ? scripts : Object.keys(stats).filter((name) => !OURS.includes(name));
  return names.reduce((sum, name) => sum + stats[name].usec, 0);
}
