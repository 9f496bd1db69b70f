import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger, type NestMiddleware } from '@nestjs/common';
import { RequestOutcomes } from './request-outcomes.js';

/**
 * One line per request: method, path, status, what became of it, how long it took. A duplicate is a duplicate,
 * not an error. Never the key, the token, the query or the body.
 */
@Injectable()
export class AccessLogMiddleware implements NestMiddleware<IncomingMessage, ServerResponse> {
  private readonly logger = new Logger('Access');

  constructor(private readonly outcomes: RequestOutcomes) {}

  use(request: IncomingMessage & { originalUrl?: string }, response: ServerResponse, next: () => void): void {
    const start = performance.now();
    const [path] = (request.originalUrl ?? request.url ?? '').split('?');
    const outcome = this.outcomes.follow(next);
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : 'cut';
      const took = Math.round(performance.now() - start);
      this.logger.log(`${request.method} ${path} ${status} ${outcome.text} ${took}ms`);
    });
  }
}
