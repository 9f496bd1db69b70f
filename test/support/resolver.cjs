// Our own sources import each other as `./x.js`, as ESM wants it; in Jest that file is `./x.ts`.
module.exports = (request, options) => {
  const own = !options.basedir.includes('node_modules');
  if (own && /^\.{1,2}\//.test(request) && request.endsWith('.js')) {
    try {
      return options.defaultResolver(request.replace(/\.js$/, '.ts'), options);
    } catch {
      // A real .js file, then.
    }
  }
  return options.defaultResolver(request, options);
};
