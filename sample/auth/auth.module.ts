import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { SHOP_SECRET } from '../secrets/shop-secret.provider.js';
import { SessionGuard } from './session.guard.js';
import { SessionsController } from './sessions.controller.js';
import { Sessions } from './sessions.js';

@Module({
  imports: [
    JwtModule.registerAsync({
      inject: [SHOP_SECRET],
      useFactory: (secret: string) => ({
        secret,
        signOptions: { algorithm: 'HS256', expiresIn: '1h' },
        verifyOptions: { algorithms: ['HS256'] },
      }),
    }),
  ],
  controllers: [SessionsController],
  providers: [Sessions, { provide: APP_GUARD, useClass: SessionGuard }],
})
export class AuthModule {}
