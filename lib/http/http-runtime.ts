import type { AbstractHttpAdapter, ApplicationConfig } from '@nestjs/core';
import { HandlerPlans } from '../bootstrap/handler-plans.js';
import type { HandlerPlan } from '../bootstrap/handler-plan.js';
import type { IdempotencyEngine, Ruling } from '../engine/engine.js';
import type { OutcomeEvent } from '../engine/events.js';
import { IdempotencyErrorCode } from '../errors/error-codes.js';
import { isIdempotencyError } from '../errors/is-idempotency-error.js';
import type { ResolvedOptions } from '../bootstrap/resolved-options.js';
import type { UnprotectedExecution } from '../execution/unprotected-execution.js';
import type { ExchangeSettings } from './exchange-settings.js';
import { exactlyOnceOf } from './exactly-once.js';
import { Fingerprinter } from './fingerprint.js';
import { onLapseOf } from './guarantees.js';
import type { HttpPlatform, HttpRequest } from './platform/http-platform.js';
import { platformOf } from './platform/platform-of.js';
import { preferredWait } from './prefer.js';
import type { ProblemSettings } from './problem-details.js';
import { RequestIdentifier, type RequestIdentity } from './request-identity.js';
import { digestUploads } from './request-uploads.js';
import { TroubleLog } from './trouble-log.js';
import { unrecordedTransactions } from './unrecorded-transactions.js';

const { STORE_UNAVAILABLE, STORE_FULL } = IdempotencyErrorCode;

/** Everything the interceptor needs, made once per application. */
export class HttpRuntime {
  readonly plans = new HandlerPlans();
  /** Whoever starts and stops this application's part of the library. */
  bootstrap: object | undefined;
  readonly problems: ProblemSettings;
  readonly troubles = new TroubleLog();
  private readonly fingerprinter: Fingerprinter;
  private settings = new WeakMap<HandlerPlan, ExchangeSettings>();
  private installed:
    { adapter: AbstractHttpAdapter; platform: HttpPlatform; identifier: RequestIdentifier } | undefined;

  constructor(
    readonly options: ResolvedOptions,
    readonly engine: IdempotencyEngine,
    private readonly config: ApplicationConfig,
    private readonly onBug: (error: unknown) => void,
  ) {
    this.problems = { typeBase: options.problemTypeBase, statuses: options.statuses };
    this.fingerprinter = new Fingerprinter(options.secrets);
  }

  /** Hooks into the platform, once. Must come before the application's parsers and plugins. */
  install(adapter: AbstractHttpAdapter): void {
    if (this.installed?.adapter === adapter) return;
    const platform = platformOf(adapter);
    platform.install();
    const identifier = new RequestIdentifier(platform, this.options, this.fingerprinter, this.config);
    this.installed = { adapter, platform, identifier };
    this.settings = new WeakMap();
  }

  get platform(): HttpPlatform {
    return this.installed!.platform;
  }

  get identifier(): RequestIdentifier {
    return this.installed!.identifier;
  }

  get keyring(): Fingerprinter['keyring'] {
    return this.fingerprinter.keyring;
  }

  begin(
    plan: HandlerPlan,
    identity: RequestIdentity,
    request: HttpRequest,
    response: unknown,
  ): Promise<Ruling> {
    const { lease, ttl, guarantee } = plan.options;
    const { id, scope, fingerprint, verify, isOld } = identity;
    return this.engine.begin({
      id,
      operation: plan.label,
      fingerprint,
      verify,
      scope,
      onLapse: onLapseOf(guarantee),
      lease,
      keep: Math.max(lease, ttl),
      ttl,
      wait: this.waitOf(plan, request),
      onlyKnown: isOld,
      left: () => this.leaving(response),
    });
  }

  /** What there is to do when the store's answer cannot be had. @throws error, unless the route goes on without protection */
  withoutStore(plan: HandlerPlan, { id }: RequestIdentity, error: unknown): { readonly kind: 'unprotected' } {
    const isTrouble = isIdempotencyError(error, STORE_UNAVAILABLE) || isIdempotencyError(error, STORE_FULL);
    if (isTrouble && plan.options.onStoreError === 'proceed') {
      this.troubles.unprotected(plan.label, error);
      return { kind: 'unprotected' };
    }
    this.emit('refused', plan, id);
    throw error;
  }

  /** The fingerprint of something that is not a request. */
  questionOf(operation: string, value: unknown): Pick<RequestIdentity, 'fingerprint' | 'verify'> {
    const asked = {
      method: 'RUN',
      target: operation,
      rawQuery: '',
      body: { kind: 'selected', value },
    } as const;
    return {
      fingerprint: this.fingerprinter.create(asked),
      verify: (kept) => this.fingerprinter.verify(kept, asked),
    };
  }

  emit(outcome: OutcomeEvent['outcome'], plan: HandlerPlan, recordId: string, attempt?: number): void {
    const event = { kind: 'outcome', outcome, operation: plan.label, recordId } as const;
    this.engine.events.emit(attempt === undefined ? event : { ...event, attempt });
  }

  /** Made once for a handler. */
  exchangeSettings(plan: HandlerPlan): ExchangeSettings {
    let settings = this.settings.get(plan);
    if (!settings) this.settings.set(plan, (settings = this.makeSettings(plan)));
    return settings;
  }

  private makeSettings(plan: HandlerPlan): ExchangeSettings {
    const { transactions, transactionRetries: retries } = this.options;
    const { guarantee, transaction } = plan.options;
    const isExplicit = transaction === 'explicit';
    const report = (message: string, error: unknown) =>
      this.troubles.refused(plan.label, STORE_UNAVAILABLE, message, error);
    return {
      ...(guarantee === 'exactly-once' && {
        exactlyOnce: exactlyOnceOf(this.engine.gateway, { transactions, isExplicit, retries, report }),
      }),
      platform: this.platform,
      problems: this.problems,
      unreplayableHeaders: this.options.unreplayableHeaders,
      emit: (outcome, recordId, attempt) => this.emit(outcome, plan, recordId, attempt),
      onBug: this.onBug,
      digestUploads: (request) => digestUploads(request, this.keyring),
    };
  }

  /** What a handler that runs without protection is offered. */
  unprotected(plan: HandlerPlan, effectKey: (name: string) => string): UnprotectedExecution {
    return {
      effectKey,
      ownTransactions: (called) => unrecordedTransactions(this.options, plan, called),
    };
  }

  /** Tells clients how long answers are kept, if the application wants it. */
  advertise({ options: { ttl } }: HandlerPlan, response: unknown): void {
    if (!this.options.lifetimeHeader) return;
    this.platform.setHeader(response, 'Idempotency-Key-Lifetime', String(Math.floor(ttl / 1_000)));
  }

  private waitOf({ options: { wait, preferWait } }: HandlerPlan, request: HttpRequest): number {
    const preferred =
      preferWait > 0 ? preferredWait(request.headers['prefer'] as string | undefined) : undefined;
    return preferred === undefined ? wait : Math.min(preferred, preferWait);
  }

  private leaving(response: unknown): AbortSignal {
    const controller = new AbortController();
    const raw = this.platform.rawResponse(response);
    if (raw.destroyed || raw.socket?.destroyed) controller.abort();
    else raw.once('close', () => controller.abort());
    return controller.signal;
  }
}
