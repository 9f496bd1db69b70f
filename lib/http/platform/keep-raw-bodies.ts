import type { AbstractHttpAdapter } from '@nestjs/core';

/** Nest's body parser methods, in the shape they have on every adapter since Nest 10. */
interface ParsingAdapter {
  registerParserMiddleware(prefix?: string, rawBody?: boolean): void;
  useBodyParser?(type: unknown, rawBody: boolean, ...rest: unknown[]): unknown;
}

/**
 * Has Nest's own parsers keep the bytes they parse, as the `rawBody` option of `NestFactory.create` does. Parsed
 * values cannot tell 9007199254740993 from 9007199254740992, nor `{"a":1,"a":2}` from `{"a":2}`: with them alone, two
 * different payments could look like one.
 */
export function keepRawBodies(adapter: AbstractHttpAdapter): void {
  const parsing = adapter as unknown as ParsingAdapter;
  const { registerParserMiddleware, useBodyParser } = parsing;
  parsing.registerParserMiddleware = (prefix) => registerParserMiddleware.call(parsing, prefix, true);
  if (useBodyParser) {
    parsing.useBodyParser = (type, _rawBody, ...rest) => useBodyParser.call(parsing, type, true, ...rest);
  }
}
