import type { ModuleMetadata } from '@nestjs/common';
import { isIdempotencyError, type IdempotencyModuleOptions } from 'nestjs-idempotency';
import { createApp, type Platform } from '../support/create-app.js';

/** Why an application does not start; fails when it does. */
export async function refusalOf(
  platform: Platform,
  metadata: ModuleMetadata & { idempotency?: IdempotencyModuleOptions | false },
): Promise<string> {
  let app;
  try {
    app = await createApp(platform, metadata);
  } catch (error) {
    if (!isIdempotencyError(error, 'IDEMPOTENCY_CONFIGURATION')) throw error;
    return error.message;
  }
  await app.close();
  throw new Error('The application started.');
}
