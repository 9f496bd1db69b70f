// What a run found out, as sections of Markdown, by the name that their place in the documentation has.
import { SCENARIOS } from '../scenarios/index.mjs';
import { describe } from './environment.mjs';
import { reachTable } from './reach.mjs';
import { fixed, table } from './table.mjs';

const REQUESTS = {
  platform: (row) => row.platform,
  path: (row) => row.path,
  candidate: (row) => row.candidate,
  'requests/s': (row) => fixed(0)(row.perSecond),
  'CPU µs/request': (row) => fixed(0)(row.cpuMicros),
  '× bare': (row) => fixed(2)(row.ofBare),
  'added µs': (row) => fixed(0)(row.addedMicros),
  '× limit': (row) => fixed(2)(row.ofLimit),
  '× other library': (row) => fixed(2)(row.ofRival),
};

const AGAINST = {
  platform: (row) => row.platform,
  path: (row) => row.path,
  build: (row) => row.candidate,
  'CPU µs/request': (row) => fixed(0)(row.cpuMicros),
  'this one of it': (row) => fixed(3)(row.thisOfIt),
  'it of the next': (row) => fixed(3)(row.ofNext),
};

function cost(rows) {
  const found = (platform, path, candidate) =>
    rows.find((row) => row.platform === platform && row.path === path && row.candidate === candidate);
  const cell =
    (platform) =>
    ([path, candidate]) => {
      const row = found(platform, path, candidate);
      return (
        row &&
        `${row.ofBare.toFixed(2)} × (${row.addedMicros < 0 ? '−' : '+'}${Math.abs(row.addedMicros).toFixed(0)} µs)`
      );
    };
  const lines = [
    ['a route that is not decorated', 'plain', 'undecorated'],
    ['an interceptor that does nothing', 'plain', 'interceptor'],
    ['no key, where none is required', 'no key', 'redis'],
    ['first request, in memory', 'first', 'memory'],
    ['replay, in memory', 'replay', 'memory'],
    ['first request, Redis', 'first', 'redis'],
    ['replay, Redis', 'replay', 'redis'],
    ['replay, Redis, with `replayCache`', 'replay', 'redis, replayCache'],
    ['first request, Redis, by hand and without any check', 'first', 'limit'],
    ['replay, Redis, by hand and without any check', 'replay', 'limit'],
    ['first request, Redis, on Nest 10', 'first', 'node-redis (Nest 10)'],
    ['the same, `@node-idempotency/nestjs`', 'first', '@node-idempotency/nestjs'],
    ['replay, Redis, on Nest 10', 'replay', 'node-redis (Nest 10)'],
    ['the same, `@node-idempotency/nestjs`', 'replay', '@node-idempotency/nestjs'],
  ];
  const columns = {
    'CPU of a request, of one to bare Nest': ([name]) => name,
    Express: ([, ...which]) => cell('express')(which),
    Fastify: ([, ...which]) => cell('fastify')(which),
  };
  return table(
    columns,
    lines.filter(
      ([, path, candidate]) => found('express', path, candidate) ?? found('fastify', path, candidate),
    ),
    1,
  );
}

/** From name to Markdown; a section whose rows were not measured is left out. `result` is what dist/bench.json holds. */
export function sections(result) {
  const { rows, passes, ms, scenarios } = result;
  const others = rows.filter((row) => row.thisOfIt !== undefined || row.ofNext !== undefined);
  const scenarioSections = SCENARIOS.filter(({ name }) => scenarios[name]).map((scenario) => [
    scenario.name,
    scenario.report(scenarios[scenario.name]),
  ]);
  return new Map([
    ...(rows.length ? [['requests', table(REQUESTS, rows, 3)]] : []),
    ...(others.length ? [['other builds', table(AGAINST, others, 3)]] : []),
    ...scenarioSections,
    ['reach', reachTable(result)],
    ...(rows.length ? [['cost', cost(rows)]] : []),
    [
      'machine',
      `${describe(result)}${rows.length ? ` Medians of ${passes} passes of ${ms} ms, 64 connections.` : ''}`,
    ],
  ]);
}
