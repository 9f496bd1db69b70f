import { preferredWait } from '../../../lib/http/prefer.js';

describe('a wait that a client prefers', () => {
  it.each([
    ['wait=10', 10_000],
    ['wait=0', 0],
    ['wait=00', 0],
    ['WAIT=3', 3_000],
    ['Wait = 3', 3_000],
    ['wait="3"', 3_000],
    ['wait\t=\t3', 3_000],
    ['  wait=3  ', 3_000],
    ['wait=3;foo=bar', 3_000],
    ['wait=3 ; foo', 3_000],
    ['wait=3; foo="1; wait=9"', 3_000],
    ['respond-async, wait=100', 100_000],
    ['respond-async,wait=10,handling=lenient', 10_000],
    ['return=representation; foo="some, text", wait=5', 5_000],
    ['wait=999999999', 999_999_999_000],
    ['foo="a, wait=9", wait=5', 5_000],
    ['foo="a \\", wait=9", wait=5', 5_000],
    ['wait-for=1, wait=5', 5_000],
  ])('of %j is %d ms', (header, ms) => {
    expect(preferredWait(header)).toBe(ms);
  });

  it('is the first one: later ones of the same name are to be ignored', () => {
    expect(preferredWait('wait=1, wait=2')).toBe(1_000);
  });

  it.each([
    undefined,
    '',
    ' ',
    ',',
    ',,;;',
    '=',
    'wait',
    'wait=',
    'wait=""',
    'wait=-1',
    'wait=+1',
    'wait=1.5',
    'wait=1e3',
    'wait=0x10',
    'wait=ten',
    'wait=1s',
    'wait=1 2',
    'wait=NaN',
    'wait=Infinity',
    'wait="3',
    'wait=3"',
    'wait=bad, wait=2',
    'wait=9999999999',
    `wait=${'9'.repeat(400)}`,
    'wait=٣',
    'wait:3',
    'waiting=3',
    'nowait=3',
    'no wait=3',
    'respond-async; wait=3',
    'return=minimal',
    '__proto__=3',
  ])('is none of %j', (header) => {
    expect(preferredWait(header)).toBeUndefined();
  });

  it('takes no time to find in what an attacker sends', () => {
    expect(preferredWait(`wait${' '.repeat(16_000)}=x`)).toBeUndefined();
    expect(preferredWait('wait=1;'.repeat(100))).toBe(1_000);
    expect(preferredWait('wait=1;'.repeat(2_000))).toBeUndefined();
    expect(preferredWait(`"${'\\"'.repeat(8_000)}`)).toBeUndefined();
    expect(preferredWait(','.repeat(16_000))).toBeUndefined();
  });
});
