import { getMetadataStorage, validateSync } from 'class-validator';
import { unknownNames } from '../errors/unknown-names.js';
import { adviceFor, type OptionsKind } from './option-advice.js';
import { IdempotentOptionsRules, ModuleOptionsRules, RunOptionsRules } from './option-rules.js';

const RULES = { module: ModuleOptionsRules, route: IdempotentOptionsRules, run: RunOptionsRules } as const;

/** Problems of an options object, one sentence each; `where` names whose options they are. */
export function optionProblems(kind: OptionsKind, options: unknown, where: string): string[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [`${where}: the options must be an object.`];
  }
  const known = namesIn(RULES[kind]);
  const problems = unknownNames(
    options,
    known,
    where,
    adviceFor(kind, (other) => namesIn(RULES[other])),
  );
  const rules = Object.assign(new RULES[kind](), options);
  for (const { property, constraints, value } of validateSync(rules)) {
    const wants = Object.values(constraints ?? {}).join(', and ');
    problems.push(`${where}: option "${property}" is ${shown(property, value)}; ${wants}.`);
  }
  return problems;
}

/** The options that have a rule: class-validator itself is asked, so that no second list can fall behind. */
function namesIn(rules: new () => object): string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(rules, '', false, false);
  return [...new Set(metadata.map(({ propertyName }) => propertyName))];
}

function shown(property: string, value: unknown): string {
  if (property === 'secret') return 'not usable';
  if (typeof value === 'number' || typeof value === 'string')
    return typeof value === 'number' ? String(value) : JSON.stringify(value.slice(0, 60));
  if (typeof value === 'boolean') return String(value);
  return value === null ? 'null' : `of type ${Array.isArray(value) ? 'array' : typeof value}`;
}
