import { Body, Controller, Post } from '@nestjs/common';
import { CreateSessionDto } from './dto/create-session.dto.js';
import { Public } from './public.decorator.js';
import { Sessions } from './sessions.js';

@Controller('sessions')
export class SessionsController {
  constructor(private readonly sessions: Sessions) {}

  @Post()
  @Public()
  async create(@Body() { user }: CreateSessionDto): Promise<{ token: string }> {
    return { token: await this.sessions.open({ id: user }) };
  }
}
