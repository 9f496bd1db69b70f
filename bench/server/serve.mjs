// Starts the application of a candidate, and answers what the benchmark asks about it.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { handlers } from '../orders.mjs';
import { applicationOf } from './candidates.mjs';
import { questions } from './questions.mjs';

async function adapterFor(platform) {
  if (platform === 'express') {
    const { ExpressAdapter } = await import('@nestjs/platform-express');
    return new ExpressAdapter();
  }
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter();
}

/** Listens on a free port, tells it to the parent, and then answers one question after the other. */
export async function serve(spec) {
  handlers.answerBytes = spec.answerBytes ?? handlers.answerBytes;
  const { configure, store, ...metadata } = await applicationOf(spec);
  const began = { at: performance.now(), cpu: process.cpuUsage() };
  class AppModule {
    configure(consumer) {
      configure?.(consumer);
    }
  }
  Module(metadata)(AppModule);
  const app = await NestFactory.create(AppModule, await adapterFor(spec.platform), {
    logger: ['error', 'fatal'],
  });
  await app.listen(0, '127.0.0.1');

  const { user, system } = process.cpuUsage(began.cpu);
  /** ms, from the metadata of the module to a port that listens. */
  const start = { ms: performance.now() - began.at, cpu: (user + system) / 1000 };

  const known = questions(store, app.getHttpServer());
  process.on('message', async ({ id, question }) => {
    try {
      process.send({ id, result: await known[question.ask](question) });
    } catch (error) {
      process.send({ id, error: error.stack });
    }
  });
  // Not a crash: an orderly exit writes the profile that --cpu-prof makes.
  process.on('disconnect', () => process.exit(0));
  process.send({ ready: { port: app.getHttpServer().address().port, start } });
}
