// From the measurements of all passes to one row a case.
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Runs `one(item)` for all, so many times; every other time backwards, so that nobody is always the last. */
export async function inPasses(passes, items, one, log = () => undefined) {
  const all = [];
  for (let i = 0; i < passes; i++) {
    log(`pass ${i + 1} of ${passes}`);
    const measured = new Map();
    for (const item of i % 2 ? [...items].reverse() : items) measured.set(item, await one(item, i));
    all.push(measured);
  }
  return all;
}

/** The median over the passes of what `number` makes of one. */
export const over = (passes, number) => median(passes.map(number));

/**
 * Medians over the passes. What compares two cases is computed within each pass first: a slow minute of the machine
 * is then slow for both. `passes` is a list of maps from a case to its measurement.
 */
export function summarize(cases, passes) {
  return cases.map((one) => {
    const { platform, path, candidate } = one;
    const near = (test) =>
      cases.find(
        (other) => other.platform === platform && other.candidate.home === candidate.home && test(other),
      );
    const bare = near((other) => other.candidate.application === 'bare');
    const limit = near((other) => other.candidate.application === 'limit' && other.path === path);
    const rival = near((other) => other.candidate.application === 'node-idempotency' && other.path === path);
    const isOlder = (other) =>
      other.candidate.build && other.candidate.of === candidate.of && other.path === path;
    const older = cases.filter((other) => other.platform === platform && isOlder(other));
    /** The next one of the builds that are compared, as they were named. */
    const next = candidate.ours && older[older.indexOf(one) + 1];
    const current = near((other) => other.candidate.name === candidate.of && other.path === path);
    const to = (other, number) => over(passes, (pass) => number(pass.get(one), pass.get(other)));
    return {
      platform,
      path,
      candidate: candidate.name,
      perSecond: over(passes, (pass) => pass.get(one).perSecond),
      cpuMicros: over(passes, (pass) => pass.get(one).cpu),
      ofBare: to(bare, (own, its) => own.cpu / its.cpu),
      // How far it is from it in either direction: of the bare one that is measured again, this is the noise.
      apart: to(bare, (own, its) => Math.abs(own.cpu / its.cpu - 1)),
      addedMicros: to(bare, (own, its) => own.cpu - its.cpu),
      ...(limit && { ofLimit: to(limit, (own, its) => own.cpu / its.cpu) }),
      ...(rival && candidate.ours && { ofRival: to(rival, (own, its) => own.cpu / its.cpu) }),
      ...(next && { ofNext: to(next, (own, its) => own.cpu / its.cpu) }),
      ...(candidate.build && current && { thisOfIt: to(current, (own, its) => its.cpu / own.cpu) }),
    };
  });
}
