import { Global, Module } from '@nestjs/common';
import { SHOP_SECRET, shopSecretProvider } from './shop-secret.provider.js';

@Global()
@Module({ providers: [shopSecretProvider], exports: [SHOP_SECRET] })
export class SecretsModule {}
