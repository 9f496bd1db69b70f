import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  InternalServerErrorException,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { defer, from, mergeMap, tap, throwError, type Observable } from 'rxjs';
import { dieAfter } from './crash-points.js';
import { demoFaultOf } from './demo-fault.js';

/** Breaks the handler on request. The library's interceptor is outside this one and sees what really happens. */
@Injectable()
export class DemoFaultsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const fault = demoFaultOf(
      context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>().headers,
    );
    switch (fault?.kind) {
      case 'delay':
        return defer(() => from(sleep(fault.ms))).pipe(mergeMap(() => next.handle()));
      case 'fail-before':
        return throwError(() => new InternalServerErrorException('A demo fault, before the work.'));
      case 'fail-after':
        return next.handle().pipe(
          tap(() => {
            throw new InternalServerErrorException('A demo fault, after the work.');
          }),
        );
      case 'crash':
        // As the kernel or an orchestrator would: no hook runs, nothing is flushed.
        return next.handle().pipe(tap(() => process.kill(process.pid, 'SIGKILL')));
      case 'crash-after':
        return dieAfter(fault.step, () => next.handle());
      case 'drop': // Not here, but where the answer leaves: see the middleware.
      case 'crash@answer':
      case undefined:
        return next.handle();
    }
  }
}
