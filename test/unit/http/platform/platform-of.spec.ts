import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ExpressPlatform } from '../../../../lib/http/platform/express.platform.js';
import { FastifyPlatform } from '../../../../lib/http/platform/fastify.platform.js';
import { platformOf } from '../../../../lib/http/platform/platform-of.js';

describe('platformOf', () => {
  it('knows Express and Fastify', () => {
    expect(platformOf(new ExpressAdapter())).toBeInstanceOf(ExpressPlatform);
    expect(platformOf(new FastifyAdapter())).toBeInstanceOf(FastifyPlatform);
  });

  it('refuses an adapter whose responses it cannot record', () => {
    expect(() => platformOf({ getType: () => 'koa' } as never)).toThrow(
      /"koa" is not supported.*platform-express/,
    );
  });
});
