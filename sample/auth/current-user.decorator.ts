import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { User } from './user.js';

/** The caller, in a handler behind the session guard. */
export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<{ user: User }>().user,
);
