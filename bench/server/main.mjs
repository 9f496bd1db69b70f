// One candidate on one platform, in a process of its own: `node main.mjs <platform> <candidate> <redis url>`.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CANDIDATES } from './candidates.mjs';

const [platform, candidate, redisUrl] = process.argv.slice(2);
const metadata = CANDIDATES[candidate](redisUrl);
class AppModule {}
Module(metadata)(AppModule);

const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
const app = await NestFactory.create(AppModule, adapter, { logger: ['error', 'fatal'] });
await app.listen(0, '127.0.0.1');

/** CPU µs of all threads of this process, and how often the handler ran, until now. */
function usage() {
  const { user, system } = process.cpuUsage();
  return { cpu: user + system, calls: metadata.controllers[0].calls };
}

process.on('message', ({ id }) => process.send({ id, result: usage() }));
// Not a crash: an orderly exit writes the profile that --cpu-prof makes.
process.on('disconnect', () => process.exit(0));
process.send({ ready: { port: app.getHttpServer().address().port } });
