// The command line of the benchmark.
import { parseArgs } from 'node:util';

/**
 * How long it takes: `passes` over all cases; ms of each measurement, after a third of that unmeasured; passes over the cases of
 * scenarios; and requests that each case gets before all, in `warmUpMs` at most: V8 is done with its optimizations only after some
 * ten thousand of a server. Many short passes: the machine is faster and slower by the second, and what is compared must meet the same one.
 */
const LENGTH = {
  full: { passes: 15, ms: 250, scenarioPasses: 5, warmUp: 12_000, warmUpMs: 4_000 },
  quick: { passes: 2, ms: 120, scenarioPasses: 2, warmUp: 1_500, warmUpMs: 400 },
};

export function readOptions() {
  const { values } = parseArgs({
    options: {
      /** Rougher, and without the slow scenarios. */
      quick: { type: 'boolean', default: false },
      passes: { type: 'string' },
      /** Requests that each case gets before all. */
      'warm-up': { type: 'string' },
      /** ms of each measurement. */
      ms: { type: 'string' },
      /**
       * A regular expression on `platform candidate path`, such as `express redis`, and on `scenario name`. `bare` is always
       * measured.
       */
      only: { type: 'string', default: '' },
      /** A directory with another build of this library (a package.json and dist/esm), to be measured beside it. */
      against: { type: 'string', multiple: true, default: [] },
      /** The most records that a scenario puts into a store. */
      records: { type: 'string', default: '1000000' },
      out: { type: 'string', default: 'dist/bench.json' },
      /** A directory for V8 CPU profiles, a folder for each server. They slow it down: read no figures from such a run. */
      profile: { type: 'string' },
      /** Write the tables into the documentation; what a whole run does by itself. */
      write: { type: 'boolean' },
    },
  });
  const { quick, passes, ms, only, against, records, out, profile, write } = values;
  const whole =
    !quick && only === '' && against.length === 0 && !profile && !passes && !ms && !values['warm-up'];
  return {
    ...LENGTH[quick ? 'quick' : 'full'],
    ...(passes && { passes: Number(passes), scenarioPasses: Number(passes) }),
    ...(ms && { ms: Number(ms) }),
    ...(values['warm-up'] && { warmUp: Number(values['warm-up']) }),
    quick,
    only: new RegExp(only),
    against,
    records: Number(records),
    out,
    profile,
    write: write ?? whole,
  };
}
