import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Public } from './public.decorator.js';
import { Sessions } from './sessions.js';
import type { User } from './user.js';

interface Incoming {
  readonly headers: { readonly authorization?: string };
  user?: User;
}

/** Lets in who has a session, and says who it is in `request.user`. Runs before anything is read from a store. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: Sessions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride(Public, [context.getHandler(), context.getClass()])) return true;
    const http = context.switchToHttp();
    const request = http.getRequest<Incoming>();
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const user = token ? await this.sessions.userOf(token) : undefined;
    if (!user) {
      http
        .getResponse<{ header(name: string, value: string): unknown }>()
        .header('WWW-Authenticate', 'Bearer');
      throw new UnauthorizedException('Log in with POST /sessions and send the token as a bearer token.');
    }
    request.user = user;
    return true;
  }
}
