import { HttpAdapterHost } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { onAdapter } from '../../../lib/bootstrap/on-adapter.js';

describe('who waits for the HTTP adapter', () => {
  it('is called at once when it is there', () => {
    const host = new HttpAdapterHost();
    const adapter = (host.httpAdapter = new ExpressAdapter());
    const seen: unknown[] = [];
    onAdapter(host, (given) => seen.push(given));
    expect(seen).toEqual([adapter]);
  });

  it('is called when it is set, once, and the host has it', () => {
    const host = new HttpAdapterHost();
    const seen: unknown[] = [];
    onAdapter(host, (given) => seen.push(given === host.httpAdapter));
    expect(host.httpAdapter).toBeUndefined();
    const adapter = (host.httpAdapter = new ExpressAdapter());
    host.httpAdapter = adapter;
    expect(seen).toEqual([true]);
    expect(host.httpAdapter).toBe(adapter);
  });

  it('may be several', () => {
    const host = new HttpAdapterHost();
    const seen: string[] = [];
    onAdapter(host, () => seen.push('first'));
    onAdapter(host, () => seen.push('second'));
    host.httpAdapter = new ExpressAdapter();
    expect(seen.sort()).toEqual(['first', 'second']);
  });
});
