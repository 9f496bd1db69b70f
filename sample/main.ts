import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { configOrExit, placeOf } from './config/shop.config.js';
import { httpAdapter } from './http-adapter.js';
import { QuietLogger } from './logging/quiet.logger.js';

const config = configOrExit();
const app = await NestFactory.create(AppModule, httpAdapter(config.adapter), { logger: new QuietLogger() });
app.enableShutdownHooks();
await app.listen(config.port, '0.0.0.0');

const { port } = app.getHttpServer().address() as AddressInfo;
const url = `http://localhost:${port}`;
console.log(
  `The shop listens on ${url} (adapter: ${config.adapter}, store: ${placeOf(config)}). Try: ` +
    `curl -i ${url}/sessions -H 'Content-Type: application/json' -d '{"user":"alice"}'`,
);
