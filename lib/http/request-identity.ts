import type { ExecutionContext } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import type { TLSSocket } from 'node:tls';
import type { HandlerPlan } from '../bootstrap/handler-plan.js';
import { andThen, isPromise, type Awaitable } from './awaitable.js';
import { canonicalValue } from './canonical-value.js';
import { ask, resolveScope, type CallerResolvers } from './caller.js';
import type { BodyToFingerprint, Fingerprinter, RequestToFingerprint } from './fingerprint.js';
import { checkKey, readKey, type KeyResult } from './key.js';
import type { HttpPlatform, HttpRequest } from './platform/http-platform.js';
import { judgeAge } from './key-age.js';
import { recordId } from './record-id.js';
import { Refusal } from './refusal.js';
import { bodyOf } from './request-body.js';
import { requestedVersion } from './route-version.js';
import { scopeTag } from './scope-tag.js';

export interface IdentitySettings extends CallerResolvers {
  /** In lower case. */
  readonly header: string;
}

/** Who asks, under which key, for what. */
export interface RequestIdentity {
  readonly key: string;
  readonly id: string;
  /** Tag of the scope. */
  readonly scope: string;
  readonly fingerprint: string;
  readonly verify: (kept: string) => 'same' | 'different' | 'unknown';
  /** Its key is so old that only a record that is there already counts. */
  readonly isOld: boolean;
  /** Uploaded files are part of the question, and not known before the handler is entered. */
  readonly uploadsPending: boolean;
}

/** Computes identities. Once per request, before anything can change it. */
export class RequestIdentifier {
  constructor(
    private readonly platform: HttpPlatform,
    private readonly settings: IdentitySettings,
    private readonly fingerprinter: Fingerprinter,
    private readonly config: ApplicationConfig,
  ) {}

  /** Nothing when there is no key and none is required. @throws Refusal */
  identify(
    plan: HandlerPlan,
    context: ExecutionContext,
    request: HttpRequest,
  ): Awaitable<RequestIdentity | undefined> {
    const { key: resolver } = plan.options;
    if (!resolver) return this.identifyBy(readKey(this.headerValues(request)), plan, context, request);
    return andThen(ask('key', resolver, context), (value) => {
      const result = value === undefined || value === null ? readKey(undefined) : checkKey(value);
      return this.identifyBy(result, plan, context, request);
    });
  }

  private identifyBy(
    found: KeyResult,
    plan: HandlerPlan,
    context: ExecutionContext,
    request: HttpRequest,
  ): Awaitable<RequestIdentity | undefined> {
    const key = this.checked(found, plan);
    if (key === undefined) return undefined;
    const isOld = this.checkAge(plan, key);
    const { scope, fingerprint: pick } = plan.options;
    const { socket } = this.platform.rawRequest(request);
    const isTlsClientKnown = (socket as TLSSocket | undefined)?.authorized === true;
    const scopeParts = resolveScope(scope, context, request, isTlsClientKnown, this.settings);
    if (!pick && !isPromise(scopeParts)) {
      return this.compose(plan, request, key, isOld, scopeParts, bodyOf(this.platform, request));
    }
    return (async () => {
      const parts = await scopeParts;
      const body: BodyToFingerprint = pick
        ? { kind: 'selected', value: await ask('fingerprint', pick, context) }
        : bodyOf(this.platform, request);
      return this.compose(plan, request, key, isOld, parts, body);
    })();
  }

  private compose(
    plan: HandlerPlan,
    request: HttpRequest,
    key: string,
    isOld: boolean,
    scopeParts: readonly string[],
    body: BodyToFingerprint,
  ): RequestIdentity {
    const rawRequest = this.platform.rawRequest(request);
    // All that host parameters say, and also which host of a list it is.
    const host = plan.hasHost ? (request.hostname ?? '').toLowerCase() : '';
    const filledIn = canonicalValue([request.params ?? null, host]);
    const operation = plan.named
      ? plan.operation
      : [
          ...plan.operation,
          request.method,
          this.platform.routeOf(request),
          requestedVersion(this.config.getVersioning(), rawRequest),
          filledIn,
        ];
    const asked: RequestToFingerprint = {
      method: request.method,
      target: filledIn,
      rawQuery: queryOf(rawRequest.url ?? ''),
      contentType: request.headers['content-type'] ?? '',
      body,
    };
    return {
      key,
      id: recordId(scopeParts, operation, key),
      scope: scopeTag(scopeParts, this.fingerprinter.keyring.signing),
      fingerprint: this.create(asked),
      verify: (kept) => this.fingerprinter.verify(kept, asked),
      isOld,
      uploadsPending: body.kind === 'deferred',
    };
  }

  private checked(
    result: KeyResult,
    { options: { key: resolver, required } }: HandlerPlan,
  ): string | undefined {
    if (result.ok) return result.key;
    if (result.reason === 'invalid') throw new Refusal('KEY_INVALID', { detail: result.detail });
    if (!required) return undefined;
    throw new Refusal('KEY_MISSING', {
      detail: resolver
        ? 'This operation requires an idempotency key, and this request has none where it is expected.'
        : `This operation requires the header ${this.settings.header}. Send one, and send the same one when you retry.`,
    });
  }

  /**
   * Whether a key is so old that the store has forgotten it, unless it is uncertain. Where nothing ever is, it is refused
   * without asking the store.
   */
  private checkAge({ options }: HandlerPlan, key: string): boolean {
    const { keyAge, ttl, tombstone, guarantee } = options;
    if (!keyAge) return false;
    switch (judgeAge(key, Date.now(), ttl + tombstone)) {
      case 'old':
        if (guarantee === 'at-most-once') return true;
        throw new Refusal('KEY_EXPIRED');
      case 'future':
        throw new Refusal('KEY_INVALID', {
          detail: 'The idempotency key says that it was made in the future.',
        });
      case 'timeless':
        if (keyAge === 'check') return false;
        throw new Refusal('KEY_INVALID', {
          detail: 'The idempotency key must say when it was made: send a UUID of version 7, or a ULID.',
        });
      case 'fine':
        return false;
    }
  }

  /** As they came: Node joins repeated headers, and joined they would look like another key. */
  private headerValues(request: HttpRequest): string | string[] | undefined {
    const { header } = this.settings;
    const joined = request.headers[header];
    if (joined === undefined) return undefined;
    const { rawHeaders } = this.platform.rawRequest(request);
    const values: string[] = [];
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      if (rawHeaders[i]!.toLowerCase() === header) values.push(rawHeaders[i + 1]!);
    }
    return values.length > 0 ? values : joined;
  }

  private create(asked: RequestToFingerprint): string {
    try {
      return this.fingerprinter.create(asked);
    } catch (error) {
      throw new Refusal('RESOLVER_FAILED', {
        detail: 'What makes this request the same as another one cannot be compared. Nothing was executed.',
        cause: error,
      });
    }
  }
}

/** Fastify's router takes a query from behind `#` too, and from behind `;` where that is set. */
function queryOf(url: string): string {
  const start = url.search(/[?#;]/);
  return start < 0 ? '' : url.slice(start + 1);
}
