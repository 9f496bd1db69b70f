// Jest's environment for Node, with two changes for those who run many suites in one process.
const { AsyncLocalStorage } = require('node:async_hooks');
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

// Node 20 and 22 keep every storage that was ever used and ask each one whenever something asynchronous begins:
// each suite would be slower and larger than the one before it. Those of a suite end with the suite.
const storages = new Set();
for (const name of ['run', 'enterWith']) {
  const original = AsyncLocalStorage.prototype[name];
  AsyncLocalStorage.prototype[name] = function (...args) {
    storages.add(this);
    return original.apply(this, args);
  };
}

// Each suite has its own copies of Nest and of all else. They are compiled once per process.
const { compileFunction } = vm;
const compiled = new Map();
vm.compileFunction = (code, parameters, options) => {
  const filename = options?.filename;
  if (!filename || filename.endsWith('.spec.ts')) return compileFunction(code, parameters, options);
  const known = compiled.get(filename);
  if (known?.code === code) return compileFunction(code, parameters, { ...options, cachedData: known.data });
  const made = compileFunction(code, parameters, { ...options, produceCachedData: true });
  compiled.set(filename, { code, data: made.cachedData });
  return made;
};

module.exports = class extends TestEnvironment {
  async teardown() {
    await super.teardown();
    for (const storage of storages) storage.disable();
    storages.clear();
  }
};
