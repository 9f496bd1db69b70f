import { Reflector } from '@nestjs/core';

/** `@Public()`: open to callers without a session. */
export const Public = Reflector.createDecorator<void, true>({ transform: () => true });
