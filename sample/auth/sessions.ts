import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { User } from './user.js';

/** Signed tokens. A user may have many at a time; all of them are the same user. */
@Injectable()
export class Sessions {
  constructor(private readonly jwt: JwtService) {}

  open(user: User): Promise<string> {
    return this.jwt.signAsync({}, { subject: user.id, jwtid: randomUUID() });
  }

  /** Nothing if the token is not ours, was changed, or is over. */
  async userOf(token: string): Promise<User | undefined> {
    try {
      const { sub } = await this.jwt.verifyAsync<{ sub?: unknown }>(token);
      return typeof sub === 'string' && sub ? { id: sub } : undefined;
    } catch {
      return undefined;
    }
  }
}
