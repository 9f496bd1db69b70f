// A module hook: where the server takes its packages from. `library` holds a build of this library, `home` everything else:
// this project, or rivals/ with an older Nest. What packages import themselves is not touched.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const server = new URL('.', import.meta.url).href;
const orders = new URL('../orders.mjs', import.meta.url).href;
const isBare = /^[a-z@]/;
const isUrl = /^(node|file|data):/;
let library, home;

export function initialize(spec) {
  library = pathToFileURL(join(spec.library, 'package.json')).href;
  home = pathToFileURL(join(spec.home, 'package.json')).href;
}

export function resolve(specifier, context, next) {
  const ours = context.parentURL?.startsWith(server) || context.parentURL === orders;
  if (!ours || !isBare.test(specifier) || isUrl.test(specifier)) return next(specifier, context);
  const parentURL = /^nestjs-idempotency(\/|$)/.test(specifier) ? library : home;
  return next(specifier, { ...context, parentURL });
}
