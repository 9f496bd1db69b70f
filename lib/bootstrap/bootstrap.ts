import type { AbstractHttpAdapter, ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';
import type { HttpRuntime } from '../http/http-runtime.js';
import type { IdempotencyInterceptor } from '../idempotency.interceptor.js';
import { logger } from '../idempotency.logger.js';
import { bindInterceptor } from './bind-interceptor.js';
import { exploreHandlers, hasDecoratedHandlers } from './explore-handlers.js';
import { guaranteeProblems } from './guarantee-problems.js';
import { onAdapter } from './on-adapter.js';
import { optionWarnings } from './option-warnings.js';

/** Starts and stops the library with its application. */
export class Bootstrap {
  /** The interceptor is bound to decorated handlers alone. */
  private isBound = false;

  constructor(
    private readonly runtime: HttpRuntime,
    private readonly interceptor: IdempotencyInterceptor,
    private readonly modules: ModulesContainer,
    adapterHost: HttpAdapterHost,
    private readonly config: ApplicationConfig,
  ) {
    // As early as can be: before the application registers its parsers and plugins.
    if (hasDecoratedHandlers(modules)) {
      onAdapter(adapterHost, (adapter: AbstractHttpAdapter) => runtime.install(adapter));
    }
  }

  /** @throws IdempotencyConfigurationError with everything that must not start */
  async start(): Promise<void> {
    // The module may be imported more than once; one of its instances does the work.
    if (this.runtime.bootstrap !== undefined) return;
    this.runtime.bootstrap = this;
    const { plans, options, engine } = this.runtime;
    const { problems, warnings } = exploreHandlers(this.modules, options.given, plans);
    const { capabilities, completeWithin } = engine.store;
    // A store around another one may show what that one can do, and not do it.
    const transactional = capabilities.transactional === true && completeWithin !== undefined;
    const guarantees = guaranteeProblems(plans, { ...capabilities, transactional }, !!options.transactions);
    problems.push(...guarantees.problems);
    const said = [...warnings, ...guarantees.warnings, ...optionWarnings(options, plans)];
    for (const warning of said) logger.warn(warning);
    if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
    await engine.store.start?.((warning) => logger.warn(warning));
    if (plans.size > 0) this.goFirst();
  }

  async drain(): Promise<void> {
    await this.runtime.engine.drain(this.runtime.options.shutdownGrace);
  }

  async stop(): Promise<void> {
    if (this.runtime.bootstrap !== this) return;
    await this.drain();
    await this.runtime.engine.close();
  }

  /** @throws IdempotencyConfigurationError when interceptors came that would be outside of this one */
  checkOrder(): void {
    if (!this.isBound || !hasGlobalInterceptors(this.config)) return;
    throw new IdempotencyConfigurationError([
      'A global interceptor was added while modules were being configured, so it would be outside of what records and replays. ' +
        'Add it before: by app.useGlobalInterceptors(), or by a provider of APP_INTERCEPTOR.',
    ]);
  }

  /**
   * Before all other interceptors, however they are bound, so that a replay passes none of them. Where some are global
   * that takes the head of Nest's list of those; otherwise routes that are not decorated are spared. Nest reads
   * list and metadata when it registers routes: after `useGlobalInterceptors`, which makes new lists, and after this.
   */
  private goFirst(): void {
    const { config, interceptor, runtime, modules } = this;
    const isAlone = !hasGlobalInterceptors(config);
    this.isBound = isAlone && bindInterceptor(interceptor, runtime.plans, modules);
    if (this.isBound) return;
    const interceptors = config.getGlobalInterceptors();
    if (!interceptors.includes(interceptor)) interceptors.unshift(interceptor);
  }
}

function hasGlobalInterceptors(config: ApplicationConfig): boolean {
  return config.getGlobalInterceptors().length > 0 || config.getGlobalRequestInterceptors().length > 0;
}
