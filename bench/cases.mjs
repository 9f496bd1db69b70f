// What is measured on each platform: a candidate, and which keys the requests have.
export const PLATFORMS = ['express', 'fastify'];

const CASES = [
  { name: 'bare', candidate: 'bare', path: 'plain' },
  { name: 'module imported', candidate: 'imported', path: 'plain' },
  { name: 'memory', candidate: 'memory', path: 'first' },
  { name: 'redis', candidate: 'redis', path: 'first' },
  { name: 'limit', candidate: 'limit', path: 'first' },
  { name: 'memory', candidate: 'memory', path: 'replay' },
  { name: 'redis', candidate: 'redis', path: 'replay' },
  { name: 'limit', candidate: 'limit', path: 'replay' },
  // The same server as the first: a difference counts only if it is larger than the one between these two.
  { name: 'bare again', candidate: 'bare', path: 'plain' },
];

/** All cases that `only` asks for, with what they are compared with. */
export function casesFor(only) {
  const all = PLATFORMS.flatMap((platform) => CASES.map((one) => ({ platform, ...one })));
  const asked = all.filter(({ platform, candidate, path }) => only.test(`${platform} ${candidate} ${path}`));
  const platforms = new Set(asked.map(({ platform }) => platform));
  return all.filter(
    (one) => asked.includes(one) || (one.candidate === 'bare' && platforms.has(one.platform)),
  );
}
