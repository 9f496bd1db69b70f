// An application on Prisma that installed the tarball. Prisma is too large for this project's own node_modules.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, json, run } from './consumers.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** The only code block of that language in docs/exactly-once.md: what a reader pastes is what is run. */
function blockOf(language) {
  const page = readFileSync(join(here, '../../docs/exactly-once.md'), 'utf8');
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))];
  if (blocks.length !== 1)
    throw new Error(`docs/exactly-once.md has ${blocks.length} blocks of ${language}.`);
  return blocks[0][1];
}

/** A fresh project with the package, the latest Nest and Prisma 7. */
export async function installPrismaConsumer(tarball) {
  const home = mkdtempSync(join(tmpdir(), 'idempotency-prisma-'));
  const latest = ['common', 'core', 'platform-express', 'platform-fastify'].map((name) => [
    `@nestjs/${name}`,
    '^12.0.0',
  ]);
  json(join(home, 'package.json'), {
    name: 'consumer-of-prisma',
    private: true,
    type: 'module',
    dependencies: {
      ...Object.fromEntries(latest),
      '@nestjs-cls/transactional': '^3.3.0',
      '@nestjs-cls/transactional-adapter-prisma': '^1.4.1',
      '@prisma/adapter-pg': '^7.10.0',
      '@prisma/client': '^7.10.0',
      'nestjs-cls': '^6.3.1',
      'nestjs-idempotency': `file:${tarball}`,
      pg: '^8.23.1',
      prisma: '^7.10.0',
      'reflect-metadata': '^0.2.2',
      rxjs: '^7.8.1',
    },
  });
  // Nothing of Prisma's own is downloaded: with a driver adapter its client needs no engine.
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run(home, {}, 'npm', 'install', ...quiet);
  writeFileSync(join(home, 'schema.prisma'), blockOf('prisma'));
  writeFileSync(join(home, 'app.module.ts'), blockOf('typescript'));
  cpSync(join(here, 'consumer-prisma/check.ts'), join(home, 'check.ts'));
  return {
    generate: () => {
      // The command wants an engine for migrations at hand, and does not use it to make a client.
      const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
      const prisma = join(home, 'node_modules/prisma/build/index.js');
      return run(home, env, process.execPath, prisma, 'generate', '--schema', 'schema.prisma');
    },
    build: () => compile(home),
    start: (platform, url) => run(home, { DATABASE_URL: url }, process.execPath, 'check.js', platform),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
