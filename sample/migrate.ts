// `node dist/sample/migrate.js`: makes the tables in the Postgres of DATABASE_URL, or brings them up to date. In
// production a step of the deployment, with a role that may; the shop itself only looks whether they are there.
import { configOrExit } from './config/shop.config.js';
import { migratePostgres } from './storage/migrate-postgres.js';

const { databaseUrl } = configOrExit();
if (databaseUrl) {
  try {
    await migratePostgres(databaseUrl);
    console.log('The tables in Postgres are up to date.');
  } catch (error) {
    console.error(`The tables could not be brought up to date: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
