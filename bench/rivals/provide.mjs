// The other libraries, if they can be had.
import { installRivals, rivalsInstalled } from './install.mjs';

/** Whether they can be measured. A quick run does not install them, another one does. */
export function provideRivals({ quick }, log) {
  if (rivalsInstalled()) return true;
  if (quick) return false;
  log('installing the other libraries');
  const problem = installRivals();
  if (problem) log(`the other libraries cannot be installed, and are left out: ${problem}`);
  return !problem;
}
