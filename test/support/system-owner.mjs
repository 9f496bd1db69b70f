// Servers that refuse to run as root run as somebody else then.
import { spawnSync } from 'node:child_process';

const idOf = (flag) => {
  const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : 65534;
};

/** For `spawn`: nothing unless this process is root's. */
export const owner = () => (process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {});
