import { Logger } from '@nestjs/common';
import { inspect } from 'node:util';
import type { IncidentEvent } from './engine/events.js';

export const logger = new Logger('Idempotency');

const TEXTS: Record<IncidentEvent['incident'], { level: 'warn' | 'log'; text: string }> = {
  'save-failed': {
    level: 'warn',
    text: 'the answer could not be saved; the lease is kept and the save is tried again',
  },
  'save-recovered': { level: 'log', text: 'the answer was saved after all' },
  'renewal-failed': { level: 'warn', text: 'the lease could not be renewed; it is tried again' },
  'lease-lost': { level: 'warn', text: 'the lease was lost; another attempt may be running' },
  'release-failed': { level: 'warn', text: 'the key could not be released; it is tried again' },
  'release-recovered': { level: 'log', text: 'the key was released after all' },
  'effect-unsaved': { level: 'warn', text: 'what came of an effect could not be kept; it is tried again' },
  'effect-saved': { level: 'log', text: 'what came of an effect is kept after all' },
};

/** What an operator should see even if nobody listens to events. Names operations and record ids, never keys. */
export function logIncident({ incident, operation, recordId, error }: IncidentEvent): void {
  const { level, text } = TEXTS[incident];
  const reason = error instanceof Error ? ` (${error.message})` : '';
  logger[level](`${operation} ${recordId}: ${text}${reason}`);
}

/** Something threw where nothing should; the request went on. Never throws itself, whatever was thrown. */
export function logBug(error: unknown): void {
  logger.error(textOf(error));
}

function textOf(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : inspect(error);
  } catch {
    return 'something was thrown that cannot be shown';
  }
}
