import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { lastValueFrom, of, type Observable } from 'rxjs';
import type { HandlerPlan } from './bootstrap/handler-plan.js';
import type { Ruling } from './engine/engine.js';
import type { OutcomeEvent } from './engine/events.js';
import { IdempotencyErrorCode } from './errors/error-codes.js';
import { runUnprotected } from './execution/unprotected-execution.js';
import { isPromise } from './http/awaitable.js';
import { Exchange } from './http/exchange.js';
import type { HttpRequest } from './http/platform/http-platform.js';
import { decodeResponse } from './http/recorded-response.js';
import { Refusal } from './http/refusal.js';
import { asThrownInside, refuse } from './http/refuse.js';
import { asReplay } from './http/replay.js';
import type { RequestIdentity } from './http/request-identity.js';
import { markRequest } from './http/request-mark.js';
import { checkUploads } from './http/request-uploads.js';
import { UploadCheck } from './http/upload-check.js';
import { HttpRuntime } from './http/http-runtime.js';

/** A request without a key, where none is required: there is nothing that a retry would have in common with it. */
const keyless = () => randomBytes(32).toString('base64url');

/** From Nest to the engine and back. Registered by the module, before all other interceptors. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(@Inject(HttpRuntime) private readonly runtime: HttpRuntime) {}

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const plan = this.runtime.plans.find(context.getHandler(), context.getClass());
    if (!plan) return next.handle();
    const request = context.switchToHttp().getRequest<HttpRequest>();
    if (plan.passing.has(request.method)) return next.handle();
    // Bound a second time, by whoever: the first one is at work.
    if (!markRequest(request)) return next.handle();
    return this.protect(plan, context, request, next);
  }

  private async protect(
    plan: HandlerPlan,
    context: ExecutionContext,
    request: HttpRequest,
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    const { runtime } = this;
    const response = context.switchToHttp().getResponse<unknown>();
    try {
      runtime.advertise(plan, response);
      const found = runtime.identifier.identify(plan, context, request);
      const identity = isPromise(found) ? await found : found;
      if (!identity) return runUnprotected(runtime.unprotected(plan, keyless), () => next.handle());
      const ruling = await this.ruling(plan, identity, request, response);
      if (ruling.kind !== 'run') {
        return await this.follow(ruling, plan, context, identity, request, response, next);
      }
      markRequest(request, { key: identity.key, attempt: ruling.attempt.number, replayed: false });
      const settings = runtime.exchangeSettings(plan);
      const handler = runtime.plans.handlerOf(context.getHandler());
      const exchange = new Exchange(handler, plan, identity, ruling.attempt, request, response, settings);
      return of(await exchange.proceed(next).catch(this.throwAsInside));
    } catch (error) {
      throw refuse(error, runtime, response, plan.label);
    }
  }

  private readonly throwAsInside = (error: unknown): never => {
    throw asThrownInside(error, this.runtime.problems);
  };

  private async ruling(
    plan: HandlerPlan,
    identity: RequestIdentity,
    request: HttpRequest,
    response: unknown,
  ): Promise<Ruling | { readonly kind: 'unprotected' }> {
    try {
      return await this.runtime.begin(plan, identity, request, response);
    } catch (error) {
      return this.runtime.withoutStore(plan, identity, error);
    }
  }

  /** What there is to do where no attempt runs. */
  private async follow(
    ruling: Exclude<Ruling, { kind: 'run' }> | { readonly kind: 'unprotected' },
    plan: HandlerPlan,
    context: ExecutionContext,
    identity: RequestIdentity,
    request: HttpRequest,
    response: unknown,
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    const { id } = identity;
    switch (ruling.kind) {
      case 'replay':
        try {
          return await this.replay(plan, context, identity, ruling.response, request, response, next);
        } catch (error) {
          const outcome = outcomeOf(error);
          if (outcome) this.runtime.emit(outcome, plan, id);
          throw error;
        }
      case 'unprotected':
        this.runtime.emit('unprotected', plan, id);
        // The same key for the same request, as far as secrets allow: all that is left of protection.
        return runUnprotected(
          this.runtime.unprotected(plan, (name) =>
            this.runtime.engine.effectKey(id, identity.fingerprint, name),
          ),
          () => next.handle(),
        );
      case 'mismatch':
        this.runtime.emit('mismatch', plan, id);
        throw new Refusal('KEY_REUSED');
      case 'conflict':
        this.runtime.emit('conflict', plan, id);
        throw new Refusal('IN_PROGRESS');
      case 'uncertain':
        this.runtime.emit('uncertain', plan, id);
        throw new Refusal('UNCERTAIN', { reference: id });
      case 'expired':
        this.runtime.emit('expired', plan, id);
        throw new Refusal('KEY_EXPIRED');
      case 'closing':
        this.runtime.emit('refused', plan, id);
        throw new Refusal('SHUTTING_DOWN');
      default:
        return ruling satisfies never;
    }
  }

  private async replay(
    plan: HandlerPlan,
    context: ExecutionContext,
    identity: RequestIdentity,
    bytes: Uint8Array,
    request: HttpRequest,
    response: unknown,
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    const { platform, keyring, plans, engine } = this.runtime;
    const { key, id } = identity;
    const recorded = decodeResponse(bytes, engine.store.capabilities.verifiesResponses);
    // Without a digest, the first answer was made before the handler and its files: as with any other replay, nothing
    // more is asked.
    const { uploads } = recorded;
    if (identity.uploadsPending && uploads !== undefined) {
      const verify = () => checkUploads(uploads, request, keyring);
      const check = new UploadCheck(plans.handlerOf(context.getHandler()), key, id, verify);
      await check.through(() => lastValueFrom(next.handle(), { defaultValue: undefined }));
    }
    if (!recorded.kept) throw new Refusal('RESPONSE_NOT_KEPT');
    markRequest(request, { key, attempt: 0, replayed: true });
    platform.send(response, asReplay(recorded, platform.headersOf(response)));
    this.runtime.emit('replayed', plan, id);
    return of(undefined);
  }
}

/** What became of a request whose record is there but cannot be replayed; nothing for errors of the application. */
function outcomeOf(error: unknown): OutcomeEvent['outcome'] | undefined {
  switch ((error as { code?: unknown } | null | undefined)?.code) {
    case IdempotencyErrorCode.KEY_REUSED:
      return 'mismatch';
    case IdempotencyErrorCode.RESPONSE_NOT_KEPT:
      return 'not-kept';
    case IdempotencyErrorCode.RECORD_UNREADABLE:
    case IdempotencyErrorCode.BODY_UNREADABLE:
      return 'refused';
    default:
      return undefined;
  }
}
