import 'reflect-metadata';
import { readEnvironment } from '../../sample/config/environment.js';

const REDIS_URL = 'redis://localhost:6379';
const DATABASE_URL = 'postgres://shop:secret@localhost/shop';

describe('the environment of the shop', () => {
  it.each([
    DATABASE_URL,
    'postgresql://10.0.0.1:5433/shop?sslmode=require',
    'postgres:///shop?host=/var/run/postgresql',
  ])('takes %s', (url) => {
    expect(readEnvironment({ DATABASE_URL: url }).DATABASE_URL).toBe(url);
  });

  it.each([
    [{ DATABASE_URL: 'mysql://shop:secret@localhost/shop' }, /DATABASE_URL must be a URL/],
    [{ DATABASE_URL: 'localhost/shop' }, /DATABASE_URL must be a URL/],
    [{ REDIS_URL, DATABASE_URL }, /REDIS_URL and DATABASE_URL exclude each other: unset one/],
    [{ STORE: 'redis', REDIS_URL, DATABASE_URL }, /REDIS_URL and DATABASE_URL exclude each other/],
    [{ STORE: 'postgres' }, /STORE=postgres needs DATABASE_URL/],
    [{ STORE: 'postgres', REDIS_URL }, /STORE=postgres needs DATABASE_URL/],
    [{ STORE: 'cache-manager', DATABASE_URL }, /STORE=cache-manager needs REDIS_URL/],
    [{ STORE: 'sqlite', DATABASE_URL }, /STORE=sqlite goes without DATABASE_URL/],
    [{ STORE: 'memory', REDIS_URL }, /STORE=memory goes without REDIS_URL/],
    [{ STORE: 'mongo', DATABASE_URL }, /STORE must be one of/],
  ])('refuses %j, and says why without showing a password', (variables, reason) => {
    expect(() => readEnvironment(variables)).toThrow(reason);
    expect(() => readEnvironment(variables)).not.toThrow(/secret/);
  });
});
