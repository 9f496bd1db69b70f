import { openSync, readFileSync, writeSync } from 'node:fs';
import type { HistoryEvent } from './history.js';

/**
 * A file to which several processes append what they do, a line each. A line is in the hands of the operating system
 * when `append` returns: killing the process loses none, and none is written in parts.
 */
export class Journal {
  private readonly file: number;

  constructor(path: string) {
    this.file = openSync(path, 'a');
  }

  append(event: HistoryEvent): void {
    writeSync(this.file, `${JSON.stringify(event)}\n`);
  }

  static read(path: string): HistoryEvent[] {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as HistoryEvent);
  }
}
