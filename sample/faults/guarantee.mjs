// What docs/guarantees.md says about a fault.
import { readFileSync } from 'node:fs';
import { say } from './customer.mjs';

const page = new URL('../../docs/guarantees.md', import.meta.url);

/** The first cell of the one table row about faults that `pattern` describes. */
function rowAbout(pattern) {
  const cells = readFileSync(page, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|')[1].trim());
  const cell = cells.find((text) => pattern.test(text));
  if (!cell) throw new Error(`docs/guarantees.md has no table row whose first cell matches ${pattern}.`);
  return cell;
}

/** Ends a demonstration: what was seen, and where it is promised. */
export function proves(pattern, sentence) {
  say();
  say(sentence);
  say(`docs/guarantees.md: "${rowAbout(pattern)}"`);
}

/** Says that something is not as it should be, and makes the script fail. */
export function check(fact, sentence) {
  if (fact) return;
  console.error(`NOT AS PROMISED: ${sentence}`);
  process.exitCode = 1;
}
