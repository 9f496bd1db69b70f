import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';

/**
 * `X-Demo-Fault: drop`: in place of the answer, which is recorded, the client sees its connection cut. With
 * `crash@answer`, the process dies there.
 */
@Injectable()
export class DroppedAnswerMiddleware implements NestMiddleware<IncomingMessage, ServerResponse> {
  use(request: IncomingMessage, response: ServerResponse, next: () => void): void {
    const fault = request.headers['x-demo-fault'];
    if (fault === 'drop' || fault === 'crash@answer') {
      const swallow = (): boolean => true;
      const cut = (): ServerResponse => {
        if (fault === 'drop') request.socket.destroy();
        else process.kill(process.pid, 'SIGKILL');
        return response;
      };
      Object.assign(response, { write: swallow, end: cut });
    }
    next();
  }
}
