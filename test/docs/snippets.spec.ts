import { join } from 'node:path';
import ts from 'typescript';
import { blocksOf, PAGES, read, ROOT } from './markdown.js';

/** The snippets of all pages as files of one program: what a reader pastes must compile. */
const snippets = new Map(
  PAGES.flatMap((page) =>
    blocksOf(read(page), 'ts').map(({ code, line }) => [
      // Beside the pages, so that imports resolve as they do for this project.
      join(ROOT, 'docs', `${page.replace(/\W/g, '_')}_line_${line}.ts`),
      code,
    ]),
  ),
);

function problems(): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const compilerOptions = { ...options, noEmit: true, noUnusedLocals: false, noUnusedParameters: false };
  const host = ts.createCompilerHost(compilerOptions);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => snippets.has(path) || fileExists(path);
  host.readFile = (path) => snippets.get(path) ?? readFile(path);
  host.getSourceFile = (path, language, ...rest) => {
    const code = snippets.get(path);
    return code === undefined
      ? getSourceFile(path, language, ...rest)
      : ts.createSourceFile(path, code, language, true);
  };
  const program = ts.createProgram([...snippets.keys()], compilerOptions, host);
  return [...snippets.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) => `${path.slice(ROOT.length)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
}

describe('snippets in the documentation', () => {
  it('are there', () => {
    expect(snippets.size).toBeGreaterThan(10);
  });

  it('compile', () => {
    expect(problems()).toEqual([]);
  }, 120_000);
});
