import { bundle } from './bundle.mjs';

/** Path of a script that plain `node` runs: `main`, a child application, with the library as it is now. */
export function buildChild(main = 'test/support/child-app.ts'): string {
  return bundle(main);
}
