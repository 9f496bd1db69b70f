// What is aimed at, and what was reached.
import { SCENARIOS } from '../scenarios/index.mjs';
import { table } from './table.mjs';

/** Candidate, path, what it is compared with, and the most that it should be on each platform. */
const REQUESTS = [
  ['undecorated', 'plain', 'bare', { express: 1, fastify: 1 }],
  ['redis', 'first', 'limit', { express: 1.15, fastify: 1.25 }],
  ['redis', 'replay', 'limit', { express: 1, fastify: 1.05 }],
  ['memory', 'first', 'bare', { express: 1.2, fastify: 1.45 }],
  ['memory', 'replay', 'bare', { express: 0.9, fastify: 1.1 }],
];

const find = (rows, platform, path, candidate) =>
  rows.find((row) => row.platform === platform && row.path === path && row.candidate === candidate);

function requestGoals(rows) {
  return REQUESTS.flatMap(([candidate, path, base, most]) =>
    Object.entries(most).flatMap(([platform, target]) => {
      const row = find(rows, platform, path, candidate);
      const value = base === 'bare' ? row?.ofBare : row?.ofLimit;
      if (value === undefined) return [];
      const noise =
        candidate === 'undecorated' ? (find(rows, platform, 'plain', 'bare again')?.apart ?? 0) : 0;
      return {
        what: `${platform}: ${candidate}, ${path}`,
        target: noise ? `≤ 1.00 × bare ± ${noise.toFixed(2)} of noise` : `≤ ${target.toFixed(2)} × ${base}`,
        value: `${value.toFixed(2)} × ${base}`,
        reached: value <= target + noise,
      };
    }),
  );
}

/** Every other library on the same Nest, on every path. */
const rivalGoals = (rows) =>
  rows
    .filter(({ candidate, ofRival }) => candidate === 'node-redis (Nest 10)' && ofRival !== undefined)
    .map(({ platform, path, candidate, ofRival }) => ({
      what: `${platform}: ${candidate}, ${path}`,
      target: '< 1.00 × @node-idempotency/nestjs',
      value: `${ofRival.toFixed(2)} × @node-idempotency/nestjs`,
      reached: ofRival < 1,
    }));

const COLUMNS = {
  goal: (goal) => goal.what,
  target: (goal) => goal.target,
  'this run': (goal) => goal.value,
  reached: (goal) => (goal.reached ? '✓' : '✗'),
};

export function goals({ rows, scenarios }) {
  const more = SCENARIOS.flatMap(({ name, goals: of }) => (scenarios[name] ? of(scenarios[name]) : []));
  return [...requestGoals(rows), ...rivalGoals(rows), ...more];
}

export const reachTable = (result) => table(COLUMNS, goals(result), 2);
