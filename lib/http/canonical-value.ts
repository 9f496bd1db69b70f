import { hash } from 'node:crypto';
import { types } from 'node:util';
import { isStream } from './is-stream.js';

/** Values nested deeper than this are refused: some `toJSON()` never come to an end. */
export const MAX_VALUE_DEPTH = 100_000;

const MAX_HOLES = 1_000;

/**
 * A canonical form of a value, for when the text it was parsed from is not there: two values have the same
 * form exactly if they ask the same.
 *
 * What `JSON.stringify` says goes, with two exceptions. Members are sorted; and values of different types never
 * become equal: `NaN` is not `null`, an `undefined` in an array is not either, a `Date` is not its text, a
 * `bigint` is not a number, and bytes (buffers, typed arrays), maps and sets have forms of their own.
 * Members that are `undefined`, functions or symbols do not count, nor do members with symbol names.
 *
 * Throws a `TypeError` that says why when there is nothing to compare: the value contains itself or a stream, is or
 * has in an array a function or symbol, has an object without members that is not a plain one (a promise, a
 * regular expression), or is nested deeper than {@link MAX_VALUE_DEPTH}.
 */
export function canonicalValue(value: unknown): string {
  const open: Container[] = [];
  const ancestors = new Set<unknown>();
  let result = '';
  let next = value;
  for (;;) {
    const form = describe(next);
    if (typeof form === 'string') result += form;
    else {
      if (ancestors.has(form.source)) throw new TypeError('A value that contains itself cannot be compared.');
      if (open.length === MAX_VALUE_DEPTH)
        throw new TypeError('The value is nested too deeply to be compared.');
      ancestors.add(form.source);
      open.push(form);
      result += form.start;
    }
    // Close what is finished, until there is another value to write.
    for (;;) {
      const container = open.at(-1);
      if (container === undefined) return result;
      if (container.at < container.items.length) {
        const item = container.items[container.at];
        if (container.at > 0) result += ',';
        if (container.names) result += `${JSON.stringify(container.names[container.at])}:`;
        container.at += 1;
        next = item;
        break;
      }
      result += container.end;
      ancestors.delete(container.source);
      open.pop();
    }
  }
}

interface Container {
  /** The object itself, not what its `toJSON()` gave. */
  readonly source: object;
  readonly start: string;
  readonly end: string;
  readonly names?: readonly string[];
  readonly items: readonly unknown[];
  at: number;
}

function describe(value: unknown): string | Container {
  switch (typeof value) {
    case 'object':
      return value === null ? 'null' : describeObject(value, value);
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
    case 'symbol':
      throw new TypeError(`A ${typeof value} cannot be compared.`);
    default:
      return String(value);
  }
}

/** `source` is what stands in the value; `value` what its `toJSON()` gave, which is not asked again. */
function describeObject(value: object, source: object): string | Container {
  if (Array.isArray(value)) return describeArray(value, source);
  const special = isPlain(value) ? undefined : describeSpecial(value, source);
  if (special !== undefined) return special;
  if (value === source && 'toJSON' in value && typeof value.toJSON === 'function') {
    const given = (value as { toJSON(): unknown }).toJSON();
    return typeof given === 'object' && given !== null ? describeObject(given, source) : describe(given);
  }
  return describeMembers(value, source);
}

/** What `JSON.stringify` knows nothing of, or turns into something else. */
function describeSpecial(value: object, source: object): string | Container | undefined {
  if (isStream(value)) throw new TypeError('A stream cannot be compared.');
  if (ArrayBuffer.isView(value)) return bytesForm(value, value);
  if (types.isAnyArrayBuffer(value)) return bytesForm(value, new Uint8Array(value));
  if (types.isDate(value)) return `Date(${value.getTime()})`;
  if (types.isBoxedPrimitive(value)) return describe(value.valueOf());
  if (types.isMap(value)) return { source, start: 'Map(', end: ')', items: [...value].flat(), at: 0 };
  if (types.isSet(value)) return { source, start: 'Set(', end: ')', items: [...value], at: 0 };
  return undefined;
}

/** Spares almost all objects the questions after what they might be instead. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describeMembers(value: object, source: object): Container {
  const members = value as Readonly<Record<string, unknown>>;
  const names: string[] = [];
  const items: unknown[] = [];
  for (const name of Object.keys(members).sort()) {
    const item = members[name];
    if (item === undefined || typeof item === 'function' || typeof item === 'symbol') continue;
    names.push(name);
    items.push(item);
  }
  if (items.length === 0 && kindOf(value) !== 'Object') {
    throw new TypeError(`An object of type ${kindOf(value)} has nothing that could be compared.`);
  }
  return { source, start: '{', end: '}', names, items, at: 0 };
}

function describeArray(value: readonly unknown[], source: object): Container {
  if (value.length <= MAX_HOLES) return { source, start: '[', end: ']', items: value, at: 0 };
  const names = Object.keys(value);
  if (names.length >= value.length) return { source, start: '[', end: ']', items: value, at: 0 };
  // Form parsers make arrays like this of `a[99999999]=x`: go by what is there, not by the length.
  return { ...describeMembers(value, source), start: `[${value.length}{`, end: '}]' };
}

/** By digest: an upload that was parsed into a buffer is not copied into text. */
function bytesForm(value: object, bytes: ArrayBufferView): string {
  const asBuffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return `${kindOf(value)}(${bytes.byteLength}:${hash('sha256', asBuffer, 'hex')})`;
}

/** `Uint8Array` also for a Buffer. */
function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
