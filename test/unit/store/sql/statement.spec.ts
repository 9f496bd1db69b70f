import { postgresStatement, sqliteStatement, micros } from '../../../../lib/store/sql/statement.js';

const SQL = 'SELECT :id, :fence, :note WHERE id = :id AND scope IN (:scope0, :scope1)';
const parameters = { id: 'a', fence: 7, note: Buffer.from('n'), scope0: 's', scope1: 't', unused: 1 };

describe('a statement', () => {
  it('has one typed number for each name, for Postgres', () => {
    const { text, values } = postgresStatement(SQL);
    expect(text).toBe(
      'SELECT $1::text, $2::bigint, $3::bytea WHERE id = $1::text AND scope IN ($4::text, $5::text)',
    );
    expect(values(parameters)).toEqual(['a', 7, Buffer.from('n'), 's', 't']);
  });

  it('has one value for each place, for SQLite', () => {
    const { text, values } = sqliteStatement(SQL);
    expect(text).toBe('SELECT ?, CAST(? AS INTEGER), ? WHERE id = ? AND scope IN (?, ?)');
    expect(values(parameters)).toEqual(['a', 7, Buffer.from('n'), 'a', 's', 't']);
  });

  it('is not run without a value that it needs', () => {
    expect(() => postgresStatement(SQL).values({ id: 'a' })).toThrow(/"fence"/);
  });

  it('takes durations of any length', () => {
    expect(micros(1.5)).toBe(1500);
    expect(Number.isSafeInteger(micros(Number.MAX_SAFE_INTEGER))).toBe(true);
  });
});
