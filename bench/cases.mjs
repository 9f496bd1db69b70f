// What is measured in the passes: a candidate on a platform, and a path.
import { candidatesOf, isRival } from './candidates.mjs';

export const PLATFORMS = ['express', 'fastify'];

const PROTECTED = ['memory', 'redis', 'node-redis', 'cache-manager', 'sqlite', 'postgres'];
/** Of replays alone: a process remembers nothing that the other paths ask for. */
const REMEMBERING = ['redis, replayCache'];
const RIVALS = ['limit (Nest 10)', 'node-redis (Nest 10)', '@node-idempotency/nestjs'];

/** What is compared with each other stands together: the machine is then the same for both. */
const ORDER = [
  ['plain', ['bare', 'undecorated', 'interceptor']],
  ...['first', 'replay', 'conflict', 'no key'].map((path) => [
    path,
    ['limit', ...(path === 'replay' ? REMEMBERING : []), ...PROTECTED],
  ]),
  // The first candidate in a process of its own: a difference counts only if it is larger than between these two.
  ['plain', ['bare again', 'bare (Nest 10)']],
  ...['first', 'replay', 'conflict', 'no key'].map((path) => [path, RIVALS]),
];

/** A quick run leaves out the cheap paths. */
const QUICK = ['plain', 'first', 'replay'];

/**
 * All cases that `only` asks for, and the bare ones that they are compared with. Without `rivals`, none of those that need
 * the packages of rivals/.
 */
export function casesFor({ only, quick }, builds, rivals) {
  const all = PLATFORMS.flatMap((platform) =>
    ORDER.filter(([path]) => !quick || QUICK.includes(path)).flatMap(([path, names]) =>
      candidatesOf(names, builds).map((candidate) => ({ platform, path, candidate })),
    ),
  ).filter(({ candidate }) => rivals || !isRival(candidate));
  const asked = all.filter(({ platform, path, candidate }) =>
    only.test(`${platform} ${candidate.name} ${path}`),
  );
  const isCompared = (one) =>
    one.candidate.application === 'bare' &&
    one.candidate.name !== 'bare again' &&
    asked.some(
      ({ platform, candidate }) => platform === one.platform && candidate.home === one.candidate.home,
    );
  return all.filter((one) => asked.includes(one) || isCompared(one));
}
