import { canonicalContentType } from '../../../lib/http/canonical-content-type.js';

const form = (raw?: string) => canonicalContentType(raw).form;

describe('a canonical content type', () => {
  it.each([
    ['application/json', 'Application/JSON'],
    ['application/json; charset=utf-8', 'application/json;CHARSET="UTF-8"'],
    ['application/json; charset=utf-8', ' application/json ;\tcharset=utf-8 ; '],
    ['a/b; x=1; y=2', 'a/b; y=2; x=1'],
    ['a/b; x=1', 'a/b; x="1"'],
    ['a/b; x="a b"', 'a/b; x="a\\ b"'],
    ['multipart/form-data; boundary=abc', 'multipart/form-data; boundary="----x y"'],
    ['', undefined],
  ])('[B12] does not depend on case, order, quotes and a boundary: %j, %j', (a, b) => {
    expect(form(a)).toBe(form(b));
  });

  it.each([
    ['a/b', 'a/c'],
    ['a/b', undefined],
    ['a/b; charset=utf-8', 'a/b'],
    ['a/b; charset=utf-8', 'a/b; charset=latin1'],
    ['a/b; x=A', 'a/b; x=a'],
    ['a/b; x="1;y=2"', 'a/b; x=1; y=2'],
    ['a/b; boundary=1', 'a/b; boundary=2'],
    ['multipart/mixed; boundary=1', 'multipart/form-data; boundary=1'],
    ['multipart/mixed; boundary=1; x=1', 'multipart/mixed; boundary=1'],
    ['json', 'JSON'],
    ['a/b; x', 'a/b'],
    ['a/b; x="1', 'a/b; x=1'],
    ['a/b; x=1; x=2', 'a/b; x=2; x=1'],
    ['a/b; x=1; x=2', 'a/b; x=1'],
    ['a/b c', 'a/b'],
    ['', '""'],
  ])('[B11] tells apart what says something else: %j, %j', (a, b) => {
    expect(form(a)).not.toBe(form(b));
  });

  it('knows media type and charset', () => {
    expect(canonicalContentType('Text/HTML; Charset="ISO-8859-1"')).toMatchObject({
      mediaType: 'text/html',
      charset: 'iso-8859-1',
    });
    expect(canonicalContentType('nonsense')).toEqual({ mediaType: '', form: '"nonsense"' });
  });
});
