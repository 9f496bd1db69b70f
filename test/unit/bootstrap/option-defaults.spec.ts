import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { IDEMPOTENCY_DEFAULTS, MemoryStore } from 'nestjs-idempotency';
import { mergeRouteOptions } from '../../../lib/bootstrap/merge-options.js';
import { resolveOptions } from '../../../lib/bootstrap/resolved-options.js';

const file = join(__dirname, '../../../lib/idempotency.options.ts');

/** What each option's documentation says after `@default`, by name of the option. */
function documentedDefaults(): Map<string, string> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const found = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertySignature(node) && ts.isIdentifier(node.name)) {
      for (const tag of ts.getJSDocTags(node)) {
        if (tag.tagName.text === 'default') {
          found.set(node.name.text, ts.getTextOfJSDocComment(tag.comment)!.trim());
        }
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** `86_400_000 (24 h)` says 86400000, `'user'` says user. Prose says nothing that can be compared. */
function valueOf(documented: string): unknown {
  const literal = documented.replace(/\s*\([^)]*\)$/, '');
  if (/^[\d_]+$/.test(literal)) return Number(literal.replaceAll('_', ''));
  if (/^(true|false)$/.test(literal)) return literal === 'true';
  return /^'[^']*'$/.test(literal) ? literal.slice(1, -1) : undefined;
}

/** Options whose default is not a value, or lies with the decorator. */
const IN_PROSE = [
  'store',
  'principal',
  'tenant',
  'fingerprint',
  'unreplayableHeaders',
  'enabled',
  'isGlobal',
];

describe('the documented defaults', () => {
  const documented = documentedDefaults();

  it.each(Object.entries(IDEMPOTENCY_DEFAULTS))('say what stands for %s', (name, value) => {
    expect(valueOf(documented.get(name) ?? '')).toBe(value);
  });

  it('are those of IDEMPOTENCY_DEFAULTS and a few that are no values', () => {
    expect([...documented.keys()].sort()).toEqual([...Object.keys(IDEMPOTENCY_DEFAULTS), ...IN_PROSE].sort());
  });

  it('cannot be changed by anyone', () => {
    expect(Object.isFrozen(IDEMPOTENCY_DEFAULTS)).toBe(true);
  });
});

describe('a default', () => {
  const names = Object.keys(IDEMPOTENCY_DEFAULTS) as (keyof typeof IDEMPOTENCY_DEFAULTS)[];
  const undefinedEverywhere = Object.fromEntries(names.map((name) => [name, undefined]));

  it('[B49] is not erased by undefined in the options of the module', () => {
    const { storeTimeout, problemTypeBase, shutdownGrace, header } = resolveOptions(undefinedEverywhere);
    expect({ storeTimeout, problemTypeBase, shutdownGrace, header }).toEqual({
      storeTimeout: 1_000,
      problemTypeBase: 'nestjs-idempotency/docs/errors.md',
      shutdownGrace: 10_000,
      header: 'idempotency-key',
    });
  });

  it('[B49] is not erased by undefined in any layer of a route', () => {
    expect(mergeRouteOptions(undefinedEverywhere, undefinedEverywhere, undefinedEverywhere)).toEqual(
      mergeRouteOptions({}, {}, {}),
    );
  });

  it('[B49] undefined in one layer lets the layer below speak', () => {
    const { ttl, lease, scope } = mergeRouteOptions(
      { ttl: 1, lease: 1_000, scope: 'tenant' },
      { ttl: undefined, lease: 2_000 },
      { ttl: undefined, lease: undefined, scope: undefined },
    );
    expect({ ttl, lease, scope }).toEqual({ ttl: 1, lease: 2_000, scope: 'tenant' });
  });

  it.each([
    [undefined, 0],
    [false, 0],
    [true, 10_000],
    [250, 250],
    [0, 0],
  ])('of wait: %s means %s ms', (given, ms) => {
    expect(mergeRouteOptions({}, {}, { wait: given }).wait).toBe(ms);
  });
});

describe('the options of a route', () => {
  it.each([
    [undefined, 604_800_000],
    [false, 0],
    [0, 0],
    [1_000, 1_000],
  ] as const)('with tombstone: %s remember a key %s ms after its answer is gone', (given, ms) => {
    expect(mergeRouteOptions({}, {}, { tombstone: given }).tombstone).toBe(ms);
  });

  it.each([
    [undefined, 0],
    [false, 0],
    [true, 10_000],
    [250, 250],
    [0, 0],
  ])('with preferWait: %s let a client ask for %s ms', (given, ms) => {
    expect(mergeRouteOptions({}, {}, { preferWait: given }).preferWait).toBe(ms);
  });

  it('take guarantee, keyAge and tombstone from the method, else the class, else the module', () => {
    const module = { guarantee: 'at-most-once', keyAge: 'check', tombstone: 1 } as const;
    expect(mergeRouteOptions(module, {}, {})).toMatchObject(module);
    const merged = mergeRouteOptions(module, { keyAge: 'require' }, { keyAge: false, tombstone: false });
    expect(merged).toMatchObject({ guarantee: 'at-most-once', keyAge: false, tombstone: 0 });
    expect(mergeRouteOptions({}, {}, {})).toMatchObject({ guarantee: 'at-least-once', keyAge: false });
  });
});

describe('resolved module options', () => {
  it('have one list of secrets, however they were given', () => {
    const secrets = ['first secret of all', 'second secret of all'];
    expect(resolveOptions({ secret: secrets }).secrets).toEqual(secrets);
    expect(resolveOptions({ secret: secrets[0]! }).secrets).toEqual([secrets[0]]);
    expect(resolveOptions({}).secrets).toEqual([]);
  });

  it('compare names of headers in lower case', () => {
    const { header, unreplayableHeaders } = resolveOptions({
      header: 'X-Key',
      unreplayableHeaders: ['X-Trace'],
    });
    expect(header).toBe('x-key');
    expect([...unreplayableHeaders]).toEqual(['x-trace']);
  });

  it('keep what was given, for routes to inherit', () => {
    const store = new MemoryStore();
    expect(resolveOptions({ ttl: 5, store, wait: undefined }).given).toEqual({ ttl: 5, store });
  });

  it('have the bounds of the waiting room, and no header about lifetimes unless asked for', () => {
    expect(resolveOptions({ maxWaiters: undefined })).toMatchObject({
      maxWaiters: 10_000,
      maxWaitersPerKey: 1_000,
      lifetimeHeader: false,
    });
    const given = { maxWaiters: 0, maxWaitersPerKey: 5, lifetimeHeader: true };
    expect(resolveOptions(given)).toMatchObject(given);
  });

  it.each([
    [undefined, undefined],
    [false, undefined],
    [true, { maxBytes: 16_777_216, ttl: 5_000 }],
    [{}, { maxBytes: 16_777_216, ttl: 5_000 }],
    [
      { ttl: 1_000, maxBytes: undefined },
      { maxBytes: 16_777_216, ttl: 1_000 },
    ],
    [{ maxBytes: 65_536 }, { maxBytes: 65_536, ttl: 5_000 }],
  ])('with replayCache: %j remember answers within %j', (replayCache, bounds) => {
    expect(resolveOptions({ replayCache }).replayCache).toEqual(bounds);
  });
});
