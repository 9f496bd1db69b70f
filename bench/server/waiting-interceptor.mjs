// What an interceptor costs that does nothing: it waits once, and runs the handler where an AsyncLocalStorage tells who called.
import { UseInterceptors } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { lastValueFrom, of } from 'rxjs';

const storage = new AsyncLocalStorage();

class WaitingInterceptor {
  async intercept(context, next) {
    await undefined;
    return of(await storage.run(context, () => lastValueFrom(next.handle())));
  }
}

export const waiting = UseInterceptors(WaitingInterceptor);
