// Stands beside a bundle, `name.js` for `name.bundle.js`, and runs it. The first process keeps what the engine made of
// it, and those that follow neither parse nor compile it again.
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');

const filename = module.filename.replace(/\.js$/, '.bundle.js');
const kept = `${filename}.cache`;

function read(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

const cachedData = read(kept);
const code = readFileSync(filename, 'utf8');
const script = new Script(`(function (exports, require, module, __filename, __dirname) {${code}\n})`, {
  filename,
  cachedData,
});
script.runInThisContext()(exports, require, module, filename, __dirname);

// Not again where other flags make it useless.
if (!cachedData) {
  const draft = `${kept}.${process.pid}`;
  writeFileSync(draft, script.createCachedData());
  renameSync(draft, kept);
}
