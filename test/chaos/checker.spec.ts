import { check } from './checker.js';
import type { Guarantee } from './history.js';
import { TERMS, Told } from './told.js';

const rules = ({ history }: Told, guarantee: Guarantee = 'at-least-once') =>
  check(history, { ...TERMS, guarantee }).violations.map(({ rule }) => rule);
const reasons = ({ history }: Told) => check(history, TERMS).reruns.map(({ why }) => why);
const UNCERTAIN = 'IDEMPOTENCY_UNCERTAIN';

describe.each(['at-least-once', 'at-most-once'] as const)('the checker of chaos runs, %s', (guarantee) => {
  const first = () => new Told().success(0, 'one', 'r1');

  it('finds nothing wrong with a request, a replay, a conflict and a mismatch', () => {
    const told = first()
      .asked(2, 'r2')
      .problem(4, 'r2', 409, 'IDEMPOTENCY_IN_PROGRESS')
      .asked(10, 'r3')
      .said(12, 'r3', 'one', { replayed: true })
      .asked(13, 'r4', { question: 'another' })
      .problem(14, 'r4', 422, 'IDEMPOTENCY_KEY_REUSED')
      .calm(20);
    expect(rules(told, guarantee)).toEqual([]);
  });

  it('reports a finished request that ran again, although its process was killed later', () => {
    const told = first().killed(900).success(2_000, 'two', 'r2', 'b');
    expect(rules(told, guarantee)).toContain('ran-again');
    expect(rules(told, guarantee)).toContain('answers-differ');
  });

  it('reports an execution that was asked for after a replay, whatever happened meanwhile', () => {
    const told = first()
      .asked(10, 'r2')
      .said(12, 'r2', 'one', { replayed: true })
      .killed(13)
      .trouble(0, 1_500)
      .asked(1_600, 'r3')
      .entered(1_601, 'two', 'r3');
    expect(rules(told, guarantee)).toContain('ran-again');
  });

  it('reports two executions side by side', () => {
    const told = new Told().asked(0, 'r1').entered(1, 'one', 'r1').asked(5, 'r2', { server: 'b' });
    expect(rules(told.entered(6, 'two', 'r2', 'b'), guarantee)).toEqual(['side-by-side']);
  });

  it('reports a takeover of a killed attempt before its lease can be over', () => {
    const told = new Told().asked(0, 'r1').entered(1, 'one', 'r1').killed(2).asked(500, 'r2');
    expect(rules(told.entered(501, 'two', 'r2', 'b'), guarantee)).toEqual(['side-by-side']);
  });

  it('reports different bytes or statuses for the same execution', () => {
    const bytes = first()
      .asked(9, 'r2')
      .said(10, 'r2', 'one', { replayed: true, of: { more: 1 } });
    const status = first().asked(9, 'r2').said(10, 'r2', 'one', { replayed: true, status: 402 });
    expect(rules(bytes, guarantee)).toEqual(['answers-differ']);
    expect(rules(status, guarantee)).toEqual(['answers-differ']);
  });

  it('reports a success before its effect, and one without', () => {
    const told = () => new Told().asked(0, 'r1').entered(1, 'one', 'r1');
    expect(rules(told().said(2, 'r1', 'one').executed(3, 'one'), guarantee)).toEqual(['no-effect']);
    expect(rules(told().said(2, 'r1', 'one').left(3, 'one'), guarantee)).toEqual(['no-effect']);
  });

  it.each([
    ['scope', { scope: 'bob' }],
    ['key', { key: 'other' }],
    ['execution', { run: 'unknown' }],
  ])('reports an answer with the data of another %s', (_, of) => {
    const told = first().asked(9, 'r2').said(10, 'r2', 'one', { of });
    expect(rules(told, guarantee)).toContain('foreign-answer');
  });

  it('reports a success for another question', () => {
    const told = first().asked(9, 'r2', { question: 'another' }).said(10, 'r2', 'one', { replayed: true });
    expect(rules(told, guarantee)).toEqual(['other-question']);
  });

  it('reports a key that has no final answer in time', () => {
    const told = () => new Told().asked(0, 'r1').calm(10);
    expect(rules(told(), guarantee)).toEqual(['stuck']);
    const late = told().entered(1, 'one', 'r1').executed(2, 'one').left(3, 'one').said(2_500, 'r1', 'one');
    expect(rules(late, guarantee)).toEqual(['stuck']);
  });

  it('reports an answer that nobody can explain', () => {
    const told = first().asked(9, 'r2').problem(10, 'r2', 500, 'IDEMPOTENCY_BUG');
    expect(rules(told, guarantee)).toEqual(['odd-answer']);
  });

  it('reports an effect of an execution that never began', () => {
    expect(rules(new Told().asked(0, 'r1').executed(3, 'ghost'), guarantee)).toEqual(['broken-history']);
  });
});

describe('the checker of at-least-once runs', () => {
  const begun = () => new Told().asked(0, 'r1').entered(1, 'one', 'r1');
  const again = (told: Told, at: number) =>
    told.asked(at, 'r2', { server: 'b' }).entered(at + 1, 'two', 'r2', 'b');

  it('allows a second execution after a fault or an error, and says why', () => {
    expect(reasons(again(begun().left(5, 'one', 'failed'), 10))).toEqual(['released after an error']);
    expect(reasons(again(begun().left(5, 'one', 'refused'), 10))).toEqual(['nothing had happened']);
    expect(reasons(again(begun().killed(10), 1_010))).toEqual(['killed']);
    expect(reasons(again(begun().paused(10, 1_500), 1_100))).toEqual(['stop']);
    expect(reasons(again(begun().trouble(10, 1_000), 1_100))).toEqual(['black-hole']);
  });

  it('excuses no second execution by a fault that was too short, too early, too late or somewhere else', () => {
    expect(rules(again(begun().paused(10, 300), 1_100))).toEqual(['side-by-side']);
    expect(rules(again(begun().trouble(-5_000, -3_000), 1_100))).toEqual(['side-by-side']);
    expect(rules(again(begun().trouble(1_200, 3_000), 1_100))).toEqual(['side-by-side']);
    expect(rules(again(begun().trouble(10, 1_000, 'b'), 1_100))).toEqual(['side-by-side']);
    expect(rules(again(begun().killed(10, 'b'), 1_100))).toEqual(['side-by-side']);
    const saved = begun().executed(2, 'one').left(3, 'one').killed(900);
    expect(rules(again(saved, 1_100))).toEqual(['ran-again']);
  });

  it('excuses a different answer only where the first could not be saved', () => {
    const unsaved = begun()
      .executed(2, 'one')
      .left(3, 'one')
      .trouble(0, 500)
      .said(400, 'r1', 'one')
      .killed(600);
    expect(rules(unsaved.success(1_700, 'two', 'r2', 'b'))).toEqual([]);
    const replayed = begun().executed(2, 'one').left(3, 'one').trouble(0, 500).killed(600);
    replayed.asked(3, 'r0').said(400, 'r0', 'one', { replayed: true });
    expect(rules(replayed.success(1_700, 'two', 'r2', 'b'))).toEqual(['ran-again', 'answers-differ']);
  });

  it('reports the own answer of an attempt that had lost its lease to another one', () => {
    const stale = begun().paused(10, 1_500).success(1_100, 'two', 'r2', 'b');
    expect(rules(stale.executed(1_900, 'one').left(1_901, 'one').said(1_905, 'r1', 'one'))).toEqual([
      'answers-differ',
    ]);
  });

  it('does not know uncertain keys', () => {
    expect(rules(begun().killed(5).asked(1_100, 'r2').problem(1_101, 'r2', 409, UNCERTAIN))).toContain(
      'odd-answer',
    );
  });
});

describe('the checker of at-most-once runs', () => {
  const begun = () => new Told().asked(0, 'r1').entered(1, 'one', 'r1').executed(2, 'one');
  const strict = (told: Told) => rules(told, 'at-most-once');

  it('excuses no second execution by a kill, a pause, a fault of the store or an error', () => {
    const second = (told: Told) => told.asked(1_100, 'r2').entered(1_101, 'two', 'r2', 'b');
    expect(strict(second(begun().killed(5)))).toEqual(['side-by-side']);
    expect(strict(second(begun().paused(5, 1_500)))).toEqual(['side-by-side']);
    expect(strict(second(begun().trouble(5, 1_000)))).toEqual(['side-by-side']);
    expect(strict(second(begun().left(5, 'one', 'failed')))).toEqual(['ran-again']);
  });

  it('allows another execution where the handler said that nothing had happened', () => {
    const told = new Told().asked(0, 'r1').entered(1, 'one', 'r1').left(5, 'one', 'refused');
    expect(strict(told.success(10, 'two', 'r2'))).toEqual([]);
  });

  it('takes uncertain for an end after a fault', () => {
    const told = begun().killed(5).calm(10).asked(1_100, 'r2').problem(1_101, 'r2', 409, UNCERTAIN);
    expect(strict(told)).toEqual([]);
  });

  it('reports uncertain without a cause, and after a replay', () => {
    const causeless = begun().asked(9, 'r2').problem(10, 'r2', 409, UNCERTAIN);
    expect(strict(causeless)).toEqual(['wrongly-uncertain']);
    const settled = begun().left(3, 'one').killed(4).asked(5, 'r2').said(6, 'r2', 'one', { replayed: true });
    settled.asked(9, 'r3').problem(10, 'r3', 409, UNCERTAIN);
    expect(strict(settled)).toEqual(['wrongly-uncertain']);
  });
});
