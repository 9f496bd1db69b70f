import { isRecorded } from '../../../lib/http/record-rule.js';

describe('a record rule of the application', () => {
  it.each([true, false])('[B42] decides with %s', (decision) => {
    expect(isRecorded(() => decision, { status: 500 })).toBe(decision);
  });

  it.each([
    ['a promise', async () => true],
    ['a promise that rejects', () => Promise.reject(new Error('no'))],
    ['a number', () => 1],
    ['nothing', () => undefined],
  ])('[B42] that gives %s is told so, instead of running the handler again', (_, rule) => {
    expect(() => isRecorded(rule as never, { status: 201 })).toThrow(
      /`record` option must return true or false/,
    );
  });
});
