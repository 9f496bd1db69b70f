// The command line of the benchmark.
import { parseArgs } from 'node:util';

/**
 * How long it takes: rounds over all cases; ms of each measurement, after a third of that unmeasured; and requests
 * that each server gets before all: V8 is done with its optimizations only after some ten thousand, however long
 * these take.
 */
const LENGTH = {
  full: { passes: 7, ms: 1500, warmUp: 20_000 },
  quick: { passes: 3, ms: 750, warmUp: 10_000 },
};

export function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      passes: { type: 'string' },
      /** A regular expression on `platform candidate path`, such as `express redis`. `bare` is always measured. */
      only: { type: 'string', default: '' },
      out: { type: 'string', default: 'dist/bench.json' },
      /** A directory for V8 CPU profiles, one of each server. They slow it down: read no figures from such a run. */
      profile: { type: 'string' },
    },
  });
  const length = LENGTH[values.quick ? 'quick' : 'full'];
  return {
    ...length,
    ...(values.passes && { passes: Number(values.passes) }),
    only: new RegExp(values.only),
    out: values.out,
    nodeOptions: values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : [],
  };
}
