import { UncertaintyLog } from '../../../lib/operations/uncertainty-log.js';

const sighting = (id: string, fence: number, attempt = 1) => ({
  ref: { id, fence },
  operation: 'pay',
  attempt,
});

describe('what the log says of uncertain keys', () => {
  const lines: string[] = [];
  const log = new UncertaintyLog((line) => lines.push(line));
  beforeEach(() => lines.splice(0));

  it('names operation, record, attempt and the way out, once for each attempt', () => {
    log.notice(sighting('a', 1));
    log.notice(sighting('a', 1));
    log.notice(sighting('a', 2, 2));
    log.notice(sighting('b', 1));
    expect(lines).toEqual([
      expect.stringMatching(/^pay a: attempt 1 ended .*IdempotencyService\.resolve\(\)/),
      expect.stringMatching(/^pay a: attempt 2 ended/),
      expect.stringMatching(/^pay b: attempt 1 ended/),
    ]);
  });

  it('forgets what it said rather than grow without end', () => {
    for (let i = 0; i < 10_001; i++) log.notice(sighting(`bulk-${i}`, 1));
    log.notice(sighting('bulk-0', 1));
    expect(lines).toHaveLength(10_002);
  });
});
