// Runs a program of the documentation as it stands there.
import { join } from 'node:path';
import ts from 'typescript';

/** Types are left out, not checked: test/docs does that. */
const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2022,
  esModuleInterop: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  useDefineForClassFields: false,
};

/** What it exports. It is run anew each time. */
export function runSnippet<Exports>(code: string): Exports {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions,
    fileName: join(__dirname, 'snippet.ts'),
  });
  const exports = {};
  const run = new Function('require', 'exports', outputText) as (
    require: NodeJS.Require,
    exports: object,
  ) => void;
  run(require, exports);
  return exports as Exports;
}
