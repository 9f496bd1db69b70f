// From the measurements of all passes to one row a case.
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Medians over the passes. What compares two cases is computed within each pass first: a slow minute of the machine
 * is then slow for both. `passes` is a list of maps from a case to its measurement.
 */
export function summarize(cases, passes) {
  const find = (platform, name, path) =>
    cases.find((one) => one.platform === platform && one.name === name && one.path === path);
  return cases.map((one) => {
    const over = (number) => median(passes.map(number));
    const bare = find(one.platform, 'bare', 'plain');
    const limit = one.name === 'redis' ? find(one.platform, 'limit', one.path) : undefined;
    const added = (pass, which) => pass.get(which).cpu - pass.get(bare).cpu;
    return {
      platform: one.platform,
      path: one.path,
      candidate: one.name,
      perSecond: over((pass) => pass.get(one).perSecond),
      perSecondOfBare: over((pass) => pass.get(one).perSecond / pass.get(bare).perSecond),
      cpuMicros: over((pass) => pass.get(one).cpu),
      cpuOfBare: over((pass) => pass.get(one).cpu / pass.get(bare).cpu),
      addedMicros: over((pass) => added(pass, one)),
      ...(limit && { cpuOfLimit: over((pass) => pass.get(one).cpu / pass.get(limit).cpu) }),
    };
  });
}
