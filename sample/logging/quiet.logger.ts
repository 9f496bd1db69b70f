import { ConsoleLogger } from '@nestjs/common';

const FRAMEWORK: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Nest's logger without the lines in which Nest introduces every module and route. Its warnings stay. */
export class QuietLogger extends ConsoleLogger {
  constructor() {
    super({ colors: process.stdout.isTTY === true });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (!FRAMEWORK.has(rest.at(-1))) super.log(message, ...rest);
  }
}
