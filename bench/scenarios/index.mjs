// What is not a request in a row of others. Each has a `name` for `--only`, `run(context)`, which gives what goes into
// dist/bench.json, `report(result)`, its Markdown, and `goals(result)`; `slow` ones are left out of a quick run.
import { commands } from './commands.mjs';
import { keys } from './keys.mjs';
import { largeAnswers } from './large-answers.mjs';
import { records } from './records.mjs';
import { startUp } from './start-up.mjs';
import { waiters } from './waiters.mjs';

export const SCENARIOS = [commands, largeAnswers, waiters, keys, startUp, records];
