import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';

/** `X-Demo-Fault: drop`: in place of the first byte of the answer, the client sees its connection cut. */
@Injectable()
export class DroppedAnswerMiddleware implements NestMiddleware<IncomingMessage, ServerResponse> {
  use(request: IncomingMessage, response: ServerResponse, next: () => void): void {
    if (request.headers['x-demo-fault'] === 'drop') {
      const swallow = (): boolean => true;
      const cut = (): ServerResponse => {
        request.socket.destroy();
        return response;
      };
      Object.assign(response, { write: swallow, end: cut });
    }
    next();
  }
}
