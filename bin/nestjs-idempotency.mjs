#!/usr/bin/env node
// `npx nestjs-idempotency migrate`: makes or updates the table of a PostgresStore, or prints how.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { postgresMigrations, PostgresStore } from '../dist/esm/store/postgres/index.js';
import { sqliteMigrations } from '../dist/esm/store/sqlite/index.js';

const USAGE = `Usage:
  nestjs-idempotency migrate --url <postgres://…> [--schema <name>] [--table <name>]
  nestjs-idempotency migrate --print [--sqlite] [--schema <name>] [--table <name>]

  --url     the database to migrate; DATABASE_URL if it is not given. Needs the package pg, or postgres, in this project.
  --print   writes the SQL to the standard output instead, and connects to nothing
  --sqlite  the SQL for a SqliteStore, which by itself migrates when it starts
  --schema  default: public
  --table   default: idempotency_records`;

const options = {
  url: { type: 'string' },
  schema: { type: 'string' },
  table: { type: 'string' },
  print: { type: 'boolean' },
  sqlite: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};

function print({ sqlite, ...place }) {
  const migrations = sqlite ? sqliteMigrations({ table: place.table }) : postgresMigrations(place);
  const steps = migrations.map(({ version, name, sql }) => `-- ${version}: ${name}\n${sql}`);
  console.log(`BEGIN;\n${steps.join('\n')}COMMIT;`);
}

/** The project's own driver, `pg` or `postgres`: this package does not bring one. */
function connect(url) {
  const load = createRequire(join(process.cwd(), 'package.json'));
  const missing = [];
  for (const name of ['pg', 'postgres']) {
    try {
      const driver = load(name);
      if (name === 'postgres') return driver(url, { max: 1, onnotice: () => undefined });
      return new driver.Pool({ connectionString: url, max: 1 });
    } catch (error) {
      missing.push(error);
    }
  }
  throw new Error(
    'Neither the package pg nor postgres is installed in this project: npm install pg, or use --print.',
    { cause: new AggregateError(missing) },
  );
}

async function migrate({ url = process.env.DATABASE_URL, ...place }) {
  if (!url) throw new Error(`Which database? Give --url, or set DATABASE_URL.\n\n${USAGE}`);
  const client = connect(url);
  try {
    await new PostgresStore({ client, ...place }).migrate();
    console.log('The schema is up to date.');
  } finally {
    await client.end();
  }
}

try {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const { print: prints, help, url, sqlite, ...place } = values;
  if (help) console.log(USAGE);
  else if (positionals.join(' ') !== 'migrate') throw new Error(USAGE);
  else if (prints) print({ sqlite, ...place });
  else if (sqlite) throw new Error(`A SqliteStore migrates when it starts; --print shows how.\n\n${USAGE}`);
  else await migrate({ url, ...place });
} catch (error) {
  console.error(error.message);
  if (error.code === 'IDEMPOTENCY_STORE_UNAVAILABLE') console.error(error.cause.message);
  process.exitCode = 1;
}
