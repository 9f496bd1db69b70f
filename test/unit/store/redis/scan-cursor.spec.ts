import { readCursor, writeCursor } from '../../../../lib/store/redis/scan-cursor.js';

const NODES = [{ name: 'a:1', call: async () => undefined }];
const cursorOf = (waiting: number, id = 'x'.repeat(64)) =>
  writeCursor(NODES, {
    node: 0,
    scan: '18446744073709551615',
    waiting: Array.from({ length: waiting }, () => id),
  });

describe('the cursor of a page', () => {
  it('gives back what it was made of', () => {
    const waiting = ['a', 'b-_9', 'x'.repeat(64)];
    const place = { node: 0, scan: '18446744073709551615', waiting };
    expect(readCursor(NODES, writeCursor(NODES, place))).toEqual(place);
    expect(readCursor(NODES, cursorOf(5_000)).waiting).toHaveLength(5_000);
  });

  it.each([
    ['asks for more records than a page ever leaves', cursorOf(5_001)],
    ['asks for a record that has no id', cursorOf(1, 'x'.repeat(65))],
    ['goes on in the middle of nothing', '0.0.999999999999999999999'],
    ['is another store’s', '4096'],
  ])('that %s is refused', (_, cursor) => {
    expect(() => readCursor(NODES, cursor)).toThrow(TypeError);
  });
});
