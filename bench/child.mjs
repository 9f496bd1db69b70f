// A child process that answers questions over IPC.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Starts `file`, tells `onSpawn` its process id, waits until it says `ready`, and gives `ask(question)`, `stop()` and what it
 * said.
 */
export async function startChild(name, file, { args = [], execArgv = [], onSpawn } = {}) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv });
  onSpawn?.(child.pid);
  const pending = new Map();
  let asked = 0;

  const exited = new Promise((resolve) => child.once('exit', resolve));
  const ready = new Promise((resolve, reject) => {
    pending.set('ready', { resolve, reject });
    child.on('message', ({ id = 'ready', ready: said, result, error }) => {
      const { resolve: settle, reject: fail } = pending.get(id);
      pending.delete(id);
      if (error) fail(new Error(`${name}: ${error}`));
      else settle(said ?? result);
    });
  });
  void exited.then((code) => {
    for (const { reject } of pending.values()) reject(new Error(`${name} ended with code ${code}`));
  });

  return {
    name,
    pid: child.pid,
    said: await ready,
    ask: (question) =>
      new Promise((resolve, reject) => {
        pending.set(++asked, { resolve, reject });
        child.send({ id: asked, question });
      }),
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
