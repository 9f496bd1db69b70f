/** Arrays and objects nested deeper than this are not canonicalised: reading them must not exhaust the stack. */
export const MAX_JSON_DEPTH = 256;

/**
 * A canonical form of JSON text: two texts have the same form exactly if they ask the same.
 *
 * White space, the order of an object's members and the way characters are escaped make no difference. The
 * order of an array, how a number is written (`9007199254740993` is not `9007199254740992`, nor `1.0` `1`) and
 * every one of several members of one name, in their order, do. A byte order mark at the start is ignored.
 *
 * Takes time linear in the text, but for sorting members. Gives `undefined` for what is not JSON or is nested
 * deeper than {@link MAX_JSON_DEPTH}; such text can only be compared byte by byte. Lone surrogates come out
 * escaped, so that the form survives being encoded as UTF-8.
 */
export function canonicalJson(text: string): string | undefined {
  return new CanonicalReader(text).read();
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Reads JSON text once, from left to right. Every method leaves `at` behind what it read, or gives `undefined`. */
class CanonicalReader {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  read(): string | undefined {
    if (this.text.charCodeAt(0) === 0xfeff) this.at = 1;
    const value = this.value();
    return this.peek() === '' ? value : undefined;
  }

  private value(): string | undefined {
    switch (this.peek()) {
      case '{':
        return this.object();
      case '[':
        return this.array();
      case '"':
        return this.string();
      case 't':
        return this.literal('true');
      case 'f':
        return this.literal('false');
      case 'n':
        return this.literal('null');
      default:
        return this.number();
    }
  }

  private object(): string | undefined {
    if (!this.enter()) return undefined;
    if (this.leave('}')) return '{}';
    const members: Member[] = [];
    do {
      const name = this.peek() === '"' ? this.string() : undefined;
      if (name === undefined || !this.accept(':')) return undefined;
      const value = this.value();
      if (value === undefined) return undefined;
      members.push({ name, value });
    } while (this.accept(','));
    if (!this.leave('}')) return undefined;
    if (members.length > 1) members.sort(byName);
    let result = '{';
    for (const { name, value } of members) result += (result === '{' ? '' : ',') + name + ':' + value;
    return result + '}';
  }

  private array(): string | undefined {
    if (!this.enter()) return undefined;
    if (this.leave(']')) return '[]';
    let result = '[';
    do {
      const value = this.value();
      if (value === undefined) return undefined;
      result += (result === '[' ? '' : ',') + value;
    } while (this.accept(','));
    return this.leave(']') ? result + ']' : undefined;
  }

  private enter(): boolean {
    this.at += 1;
    this.depth += 1;
    return this.depth <= MAX_JSON_DEPTH;
  }

  private leave(closing: '}' | ']'): boolean {
    if (!this.accept(closing)) return false;
    this.depth -= 1;
    return true;
  }

  /** A string without escapes and surrogates is its own canonical form; any other is decoded and encoded anew. */
  private string(): string | undefined {
    const { text, at: start } = this;
    let plain = true;
    for (let at = start + 1; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.at = at + 1;
        const token = text.slice(start, this.at);
        return plain ? token : reencode(token);
      }
      if (code < 0x20) return undefined;
      if (code === BACKSLASH) {
        plain = false;
        at += 1;
      } else if (code >= 0xd800 && code <= 0xdfff) plain = false;
    }
    return undefined;
  }

  private number(): string | undefined {
    NUMBER.lastIndex = this.at;
    if (!NUMBER.test(this.text)) return undefined;
    const start = this.at;
    this.at = NUMBER.lastIndex;
    return this.text.slice(start, this.at);
  }

  private literal(word: string): string | undefined {
    if (!this.text.startsWith(word, this.at)) return undefined;
    this.at += word.length;
    return word;
  }

  private accept(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at += 1;
    return true;
  }

  /** The next character that is not white space, or `''` at the end. */
  private peek(): string {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return this.text.charAt(this.at);
      this.at += 1;
    }
  }
}

interface Member {
  readonly name: string;
  readonly value: string;
}

function byName(a: Member, b: Member): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Lone surrogates stay apart: `JSON.stringify` escapes them. */
function reencode(token: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(token));
  } catch {
    return undefined; // A broken escape: not JSON.
  }
}
