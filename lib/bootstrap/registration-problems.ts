import { unknownNames } from '../errors/unknown-names.js';

const ASYNC_WAYS = ['useFactory', 'useClass', 'useExisting'] as const;
const ASYNC_NAMES = [...ASYNC_WAYS, 'imports', 'inject', 'isGlobal', 'provideInjectionTokensFrom'];

/** What is wrong with how the module is registered, one sentence each. The options themselves come later. */
export function registrationProblems(method: 'forRoot' | 'forRootAsync', given: unknown): string[] {
  const where = `IdempotencyModule.${method}()`;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return [`${where}: the options must be an object.`];
  }
  const { isGlobal } = given as { isGlobal?: unknown };
  const problems =
    isGlobal === undefined || typeof isGlobal === 'boolean'
      ? []
      : [`${where}: option "isGlobal" is ${JSON.stringify(isGlobal)}; isGlobal must be true or false.`];
  return method === 'forRoot' ? problems : [...problems, ...asyncProblems(where, given)];
}

function asyncProblems(where: string, given: object): string[] {
  const problems = unknownNames(given, ASYNC_NAMES, where);
  const ways = ASYNC_WAYS.filter((way) => typeof (given as Record<string, unknown>)[way] === 'function');
  if (ways.length !== 1)
    problems.push(`${where}: give one of useFactory, useClass and useExisting, and only one.`);
  return problems;
}
