import { Controller, Post, Scope, UploadedFile, UseInterceptors } from '@nestjs/common';
import { RouterExecutionContext } from '@nestjs/core/router/router-execution-context.js';
import { FileInterceptor } from '@nestjs/platform-express';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send } from '../support/create-app.js';

let runs: number;
let spans: string[];

@Controller('orders')
class OrderController {
  @Post()
  @Idempotent()
  create() {
    return { run: ++runs };
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedController {
  @Post()
  @Idempotent()
  create() {
    return { run: ++runs };
  }
}

@Controller('files')
class FileController {
  @Post()
  @Idempotent()
  @UseInterceptors(FileInterceptor('file'))
  create(@UploadedFile() file: { size: number }) {
    return { run: ++runs, size: file.size };
  }
}

type Create = RouterExecutionContext['create'];

/** A function in the place of the handler, with the same name and metadata, for each route: as OpenTelemetry and Sentry do. */
function traced(handler: (...args: unknown[]) => unknown) {
  const span = async function (this: unknown, ...args: unknown[]) {
    spans.push(handler.name);
    return handler.apply(this, args);
  };
  for (const key of Reflect.getMetadataKeys(handler)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), span);
  }
  return span;
}

describe.each(PLATFORMS)(
  'a handler that tracing has put another function in the place of, on %s',
  (platform) => {
    const routes = RouterExecutionContext.prototype;
    const original = Reflect.get(routes, 'create') as Create;
    beforeEach(() => {
      runs = 0;
      spans = [];
      routes.create = function (this: RouterExecutionContext, instance, callback, ...rest) {
        return original.call(this, instance, traced(callback), ...rest);
      } as Create;
    });
    afterEach(() => {
      routes.create = original;
    });

    it.each(['orders', 'scoped'])('runs once (%s)', async (path) => {
      const app = await createApp(platform, { controllers: [OrderController, ScopedController] });
      const first = await send(`${app.url}/${path}`, { key: 'k' });
      const second = await send(`${app.url}/${path}`, { key: 'k' });
      await app.close();
      expect([first.json, second.json, second.replayed]).toEqual([{ run: 1 }, { run: 1 }, true]);
      expect(spans).toEqual(['create']);
    });

    if (platform !== 'express') return;
    it('is known when files are', async () => {
      const app = await createApp(platform, { controllers: [FileController] });
      const upload = (text: string) => {
        const body = new FormData();
        body.set('file', new Blob([text]), 'order.txt');
        return send(`${app.url}/files`, { key: 'k', body });
      };
      const answers = [await upload('abc'), await upload('abc'), await upload('other')];
      await app.close();
      expect(answers.map(({ status, replayed }) => [status, replayed])).toEqual([
        [201, false],
        [201, true],
        [422, false],
      ]);
      expect(runs).toBe(1);
    });
  },
);
