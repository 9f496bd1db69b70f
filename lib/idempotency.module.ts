import {
  Inject,
  Module,
  type DynamicModule,
  type NestModule,
  type OnModuleInit,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { Bootstrap } from './bootstrap/bootstrap.js';
import { createEngine } from './bootstrap/create-engine.js';
import { defaultStore } from './bootstrap/default-store.js';
import { IDEMPOTENCY_MODULE } from './bootstrap/metadata.js';
import { registrationProblems } from './bootstrap/registration-problems.js';
import { resolveOptions, type ResolvedOptions } from './bootstrap/resolved-options.js';
import { joinOptions, partsOf, saidAnywhere } from './bootstrap/shared-parts.js';
import { IdempotencyConfigurationError } from './errors/idempotency-configuration.error.js';
import { IdempotencyEngine } from './engine/engine.js';
import { HttpRuntime } from './http/http-runtime.js';
import { logBug } from './idempotency.logger.js';
import { IdempotencyContext } from './idempotency.context.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type ASYNC_OPTIONS_TYPE,
  type OPTIONS_TYPE,
} from './idempotency.module-definition.js';
import type { IdempotencyModuleOptions } from './idempotency.options.js';
import { IdempotencyService } from './idempotency.service.js';
import { IdempotencyStore } from './store/idempotency-store.js';

const RESOLVED_OPTIONS = 'nestjs-idempotency:resolved-options';

/**
 * Import it once, in the root module: `IdempotencyModule.forRoot({ store })` or `forRootAsync(…)`. It registers the
 * interceptor that makes `@Idempotent()` work.
 */
@Module({
  providers: [
    // Where the class itself is imported. The options of `forRoot()` and `forRootAsync()` stand in its place.
    { provide: MODULE_OPTIONS_TOKEN, useValue: {} },
    {
      provide: RESOLVED_OPTIONS,
      inject: [ApplicationConfig, ModulesContainer, MODULE_OPTIONS_TOKEN],
      useFactory: (
        config: ApplicationConfig,
        modules: ModulesContainer,
        options?: IdempotencyModuleOptions,
      ) => joinOptions(config, resolveOptions(saidAnywhere(options, modules, MODULE_OPTIONS_TOKEN))),
    },
    {
      provide: IdempotencyStore,
      inject: [ApplicationConfig, RESOLVED_OPTIONS],
      useFactory: (config: ApplicationConfig, { given }: ResolvedOptions) =>
        (partsOf(config).store ??= given.store ?? defaultStore()),
    },
    {
      provide: IdempotencyEngine,
      inject: [ApplicationConfig, RESOLVED_OPTIONS, IdempotencyStore],
      useFactory: (config: ApplicationConfig, options: ResolvedOptions, store: IdempotencyStore) =>
        (partsOf(config).engine ??= createEngine(options, store)),
    },
    {
      provide: HttpRuntime,
      inject: [ApplicationConfig, RESOLVED_OPTIONS, IdempotencyEngine],
      useFactory: (config: ApplicationConfig, options: ResolvedOptions, engine: IdempotencyEngine) =>
        (partsOf(config).runtime ??= new HttpRuntime(options, engine, config, logBug)),
    },
    {
      provide: Bootstrap,
      inject: [HttpRuntime, IdempotencyInterceptor, ModulesContainer, HttpAdapterHost, ApplicationConfig],
      useFactory: (...parts: ConstructorParameters<typeof Bootstrap>) => new Bootstrap(...parts),
    },
    {
      provide: IdempotencyService,
      inject: [HttpRuntime],
      useFactory: (runtime: HttpRuntime) => new IdempotencyService(runtime),
    },
    IdempotencyInterceptor,
    IdempotencyContext,
  ],
  exports: [IdempotencyService, IdempotencyContext, IdempotencyStore],
})
export class IdempotencyModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationShutdown
{
  static readonly [IDEMPOTENCY_MODULE] = true;

  constructor(@Inject(Bootstrap) private readonly bootstrap: Bootstrap) {
    super();
  }

  /** Options are all optional. See `IdempotencyModuleOptions` for units and defaults. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    assertRegistered('forRoot', options);
    return super.forRoot(options);
  }

  /** Options from a factory: `useFactory` with `inject`, or a class with `createIdempotencyOptions()`. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    assertRegistered('forRootAsync', options);
    return super.forRootAsync(options);
  }

  /** Nest calls this after all modules are there and before it registers routes. */
  configure(): Promise<void> {
    return this.bootstrap.start();
  }

  /** Without HTTP, in a worker or a microservice, nothing is configured; this is called instead. */
  async onModuleInit(): Promise<void> {
    await this.bootstrap.start();
    this.bootstrap.checkOrder();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.bootstrap.drain();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.bootstrap.stop();
  }
}

function assertRegistered(...registration: Parameters<typeof registrationProblems>): void {
  const problems = registrationProblems(...registration);
  if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
}
