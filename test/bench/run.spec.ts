import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

// Starts what bench/services.mjs does: redis-server.mjs and postgres-server.mjs.
const root = join(__dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'idempotency-bench-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const SHORT = ['--quick', '--passes', '1', '--ms', '20', '--warm-up', '100'];

const run = (...args: string[]) =>
  promisify(execFile)(
    process.execPath,
    ['bench/run.mjs', ...SHORT, '--out', join(home, 'bench.json'), ...args],
    { cwd: root },
  );

/** Another build of this library, changed at the end of one of its files. */
function buildWith(label: string, file: string, change: string): string {
  const build = join(home, label);
  for (const part of ['package.json', 'dist/esm']) {
    cpSync(join(root, part), join(build, part), { recursive: true });
  }
  appendFileSync(join(build, 'dist/esm', file), change);
  return build;
}

describe('npm run bench', () => {
  it('measures what it is asked for, beside another build, and next to the bare application', async () => {
    const other = buildWith('before', 'index.js', '// The same.\n');
    const { stdout } = await run('--only', '^fastify memory', '--against', other);
    const { rows } = JSON.parse(readFileSync(join(home, 'bench.json'), 'utf8')) as {
      rows: Record<string, string | number>[];
    };
    expect(rows.map(({ candidate, path }) => `${candidate}, ${path}`)).toEqual([
      ...['bare, plain', 'memory, first', 'memory @ before, first'],
      ...['memory, replay', 'memory @ before, replay'],
    ]);
    for (const row of rows)
      expect(row).toMatchObject({ cpuMicros: expect.any(Number), ofBare: expect.any(Number) });
    expect(stdout).toContain('## other builds');
  }, 180_000);

  it('fails when an answer is not what it must be', async () => {
    const change = 'MemoryStore.prototype.complete = async () => ({ state: "completed" });\n';
    const broken = buildWith('forgetful', 'store/memory/memory-store.js', change);
    await expect(run('--only', '^fastify memory @.* replay', '--against', broken)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('fastify memory @ forgetful, replay: load: 409 instead of 201'),
    });
  }, 180_000);
});
