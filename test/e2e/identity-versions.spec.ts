import {
  Body,
  Controller,
  Post,
  VERSION_NEUTRAL,
  VersioningType,
  type VersioningOptions,
} from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type Answer, type TestApp } from '../support/create-app.js';

let runs = 0;

@Controller({ path: 'orders', version: '1' })
class OrdersV1 {
  @Post() @Idempotent() create(@Body() _order: unknown) {
    return { run: ++runs, by: 1 };
  }
}

@Controller({ path: 'orders', version: ['2', '3', '10'] })
class OrdersV2 {
  @Post() @Idempotent() create(@Body() _order: unknown) {
    return { run: ++runs, by: 2 };
  }
}

@Controller({ path: 'neutral', version: VERSION_NEUTRAL })
class NeutralController {
  @Post() @Idempotent() create() {
    return { run: ++runs };
  }
}

/** How a client asks for a version: the path's prefix and headers. */
type Asking = (version: string) => { prefix?: string; headers?: Record<string, string> };

interface Kind {
  readonly name: string;
  readonly options: VersioningOptions;
  readonly asking: Asking;
  /** Other ways of asking for a version, given two of them, that mean no other. */
  readonly alike?: readonly [string, Record<string, string>, Record<string, string>][];
  /** Ways that ask for versions 2 and 3. */
  readonly unlike?: readonly [string, Record<string, string>, Record<string, string>][];
}

const accept = (value: string) => ({ accept: value });

const KINDS: readonly Kind[] = [
  { name: 'URI', options: { type: VersioningType.URI }, asking: (version) => ({ prefix: `/v${version}` }) },
  {
    name: 'URI with a prefix of its own',
    options: { type: VersioningType.URI, prefix: 'api-' },
    asking: (version) => ({ prefix: `/api-${version}` }),
  },
  {
    name: 'header',
    options: { type: VersioningType.HEADER, header: 'X-Api-Version' },
    asking: (version) => ({ headers: { 'x-api-version': version } }),
  },
  {
    name: 'media type',
    options: { type: VersioningType.MEDIA_TYPE, key: 'v=' },
    asking: (version) => ({ headers: accept(`application/json;v=${version}`) }),
    alike: [
      ['white space', accept('application/json;v=2'), accept('application/json; v=2')],
      ['a second media type', accept('application/json;v=2'), accept('application/json;v=2, */*')],
      ['a first media type', accept('application/json;v=2'), accept('text/html;q=0.1, application/json;v=2')],
      ['a weight', accept('application/json;v=2'), accept('application/json;v=2;q=0.9')],
      ['quotes', accept('application/json;v=2'), accept('application/json;v="2"')],
    ],
    unlike: [
      [
        'a parameter that ends alike',
        accept('application/json;dev=1;v=2'),
        accept('application/json;dev=1;v=3'),
      ],
      [
        'a quoted parameter',
        accept('application/json;a=";v=1";v=2'),
        accept('application/json;a=";v=1";v=3'),
      ],
      ['another media type first', accept('text/html;dev=1, a/b;v=2'), accept('text/html;dev=1, a/b;v=3')],
    ],
  },
  {
    name: 'custom',
    options: {
      type: VersioningType.CUSTOM,
      // What an extractor gets is Node's request on both platforms.
      extractor: (request) =>
        ((request as { rawHeaders: string[] }).rawHeaders.find((_, i, all) => all[i - 1] === 'X-V') ??
          '') as string,
    },
    asking: (version) => ({ headers: { 'X-V': version } }),
  },
  {
    name: 'custom, with a list of versions',
    options: {
      type: VersioningType.CUSTOM,
      extractor: (request) => [
        (request as { headers: Record<string, string> }).headers['x-v'] ?? '',
        'unknown',
      ],
    },
    asking: (version) => ({ headers: { 'x-v': version } }),
  },
  {
    name: 'custom, which gives undefined for no version',
    options: {
      type: VersioningType.CUSTOM,
      extractor: (request) => (request as { headers: Record<string, string> }).headers['x-v'] as string,
    },
    asking: (version) => ({ headers: { 'x-v': version } }),
  },
];

describe.each(PLATFORMS)('versions on %s', (platform) => {
  describe.each(KINDS)('by $name', ({ options, asking, alike = [], unlike = [] }) => {
    let shop: TestApp;

    beforeAll(async () => {
      shop = await createApp(platform, {
        controllers: [OrdersV1, OrdersV2, NeutralController],
        setup: (app) => void app.enableVersioning(options),
      });
    });
    beforeEach(() => {
      runs = 0;
    });
    afterAll(() => shop.close());

    const ask = (key: string, version: string): Promise<Answer> => {
      const { prefix = '', headers = {} } = asking(version);
      return send(`${shop.url}${prefix}/orders`, { key, json: { sku: 'tea' }, headers });
    };

    it('[B10] keeps versions apart, also those of one handler', async () => {
      const versions = ['1', '2', '3', '10'];
      const firsts: Answer[] = [];
      for (const version of versions) firsts.push(await ask('versions', version));
      expect(firsts.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
      expect(firsts.map(({ json }) => json)).toEqual([
        { run: 1, by: 1 },
        { run: 2, by: 2 },
        { run: 3, by: 2 },
        { run: 4, by: 2 },
      ]);
      for (const [i, version] of versions.entries()) {
        const again = await ask('versions', version);
        expect([again.replayed, again.text]).toEqual([true, firsts[i]!.text]);
      }
      expect(runs).toBe(4);
    });

    it('[B10] protects a handler of no version', async () => {
      const neutral = () => send(`${shop.url}/neutral`, { key: 'neutral', headers: accept('*/*') });
      const first = await neutral();
      expect(first.status).toBe(201);
      expect((await neutral()).replayed).toBe(true);
      expect(runs).toBe(1);
    });

    const asked = (key: string, headers: Record<string, string>) =>
      send(`${shop.url}/orders`, { key, json: {}, headers });

    it('[B12] takes what asks for one version in another way for the same', async () => {
      for (const [difference, one, other] of alike) {
        const key = `alike-${difference}`;
        expect([difference, (await asked(key, one)).status]).toEqual([difference, 201]);
        expect([difference, (await asked(key, other)).replayed]).toEqual([difference, true]);
      }
    });

    it('[B10] is not led astray by what only looks like a version', async () => {
      for (const [difference, one, other] of unlike) {
        const key = `unlike-${difference}`;
        const answers = [await asked(key, one), await asked(key, other)];
        expect([difference, ...answers.map(({ status }) => status)]).toEqual([difference, 201, 201]);
        expect([difference, ...answers.map(({ replayed }) => replayed)]).toEqual([difference, false, false]);
      }
    });
  });
});
