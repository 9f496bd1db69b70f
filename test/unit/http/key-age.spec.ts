import { judgeAge, timeOfKey } from '../../../lib/http/key-age.js';

const V7 = '0190163d-8694-739b-aea5-966c26f8ad91';
const V7_TIME = 0x0190163d8694;
const ULID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const ULID_TIME = 1_469_922_850_259;
const DAY = 86_400_000;
const TOLERANCE = 300_000;

describe('the time in a key', () => {
  it.each([
    ['a UUID of version 7', V7, V7_TIME],
    ['one in capitals', V7.toUpperCase(), V7_TIME],
    // From RFC 9562, appendix A.6.
    ['the one of the RFC', '017F22E2-79B0-7CC3-98C4-DC0C0C07398F', 1_645_557_742_000],
    ['the first of all', '00000000-0000-7000-8000-000000000000', 0],
    ['the last of all', 'ffffffff-ffff-7fff-bfff-ffffffffffff', 2 ** 48 - 1],
    ['a ULID', ULID, ULID_TIME],
    ['one in small letters', ULID.toLowerCase(), ULID_TIME],
    ['one in both', '01arz3ndekTSV4RRFFQ69G5FAV', ULID_TIME],
    ['the first ULID', '0'.repeat(26), 0],
    ['the last ULID', `7${'Z'.repeat(25)}`, 2 ** 48 - 1],
  ])('is read from %s', (_, key, time) => {
    expect(timeOfKey(key)).toBe(time);
  });

  it.each([1, 2, 3, 4, 5, 6, 8])('is not read from a UUID of version %d', (version) => {
    expect(timeOfKey(`0190163d-8694-${version}39b-aea5-966c26f8ad91`)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a UUID of another variant', '0190163d-8694-739b-cea5-966c26f8ad91'],
    ['the nil UUID', '00000000-0000-0000-0000-000000000000'],
    ['a UUID without hyphens', V7.replaceAll('-', '')],
    ['a UUID in braces', `{${V7}}`],
    ['a UUID with a name', `urn:uuid:${V7}`],
    ['a UUID with something behind', `${V7}a`],
    ['a UUID with something before', `order-${V7}`],
    ['a UUID and a line', `${V7}\n`],
    ['a ULID that is too large', `8${ULID.slice(1)}`],
    ['a ULID that is too short', ULID.slice(1)],
    ['a ULID that is too long', `${ULID}0`],
    ['a ULID with an I', ULID.replace('A', 'I')],
    ['a ULID with an L', ULID.replace('A', 'l')],
    ['a ULID with an O', ULID.replace('A', 'O')],
    ['a ULID with a U', ULID.replace('A', 'u')],
    ['a number', '1469918176385'],
    ['anything else', '__proto__'],
  ])('is not read from %s', (_, key) => {
    expect(timeOfKey(key)).toBeUndefined();
  });
});

describe.each([
  ['a UUID of version 7', V7, V7_TIME],
  ['a ULID', ULID, ULID_TIME],
])('the age of %s', (_, key, made) => {
  it.each([
    ['fine', 'as it is made', 0],
    ['fine', 'at the end of its life', DAY],
    ['old', 'a millisecond later', DAY + 1],
    ['fine', 'by a clock that is late', -1],
    ['fine', 'by a clock that is as late as is excused', -TOLERANCE],
    ['future', 'a millisecond before that', -TOLERANCE - 1],
  ])('is %s %s', (verdict, _when, later) => {
    expect(judgeAge(key, made + later, DAY)).toBe(verdict);
  });
});

it('is not known of a key that does not say it', () => {
  expect(judgeAge('order-1', 0, DAY)).toBe('timeless');
});
