import type { CallHandler } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import type { HandlerPlan } from '../bootstrap/handler-plan.js';
import type { Attempt } from '../engine/attempt.js';
import type { OutcomeEvent } from '../engine/events.js';
import { runAs, type Execution } from '../execution/current-execution.js';
import type { Completed, InProgress } from '../store/idempotency-store.js';
import { HandlerRun } from './handler-run.js';
import type {
  Head,
  HttpPlatform,
  HttpRequest,
  Substitute,
  WireAnswer,
  WireListener,
} from './platform/http-platform.js';
import { repeatable, type Repeatable } from './platform/repeatable.js';
import type { ProblemSettings } from './problem-details.js';
import { isRecorded } from './record-rule.js';
import { decodeResponse, encodeResponse } from './recorded-response.js';
import { asProblemResponse, asReplay } from './replay.js';
import { replayableHeaders } from './replayable-headers.js';
import type { RequestIdentity } from './request-identity.js';
import { within } from './within.js';

/** What an exchange needs of the application. */
export interface ExchangeSettings {
  readonly platform: HttpPlatform;
  readonly problems: ProblemSettings;
  /** In lower case. */
  readonly unreplayableHeaders: ReadonlySet<string>;
  readonly emit: (outcome: OutcomeEvent['outcome'], attempt: number) => void;
  readonly onBug: (error: unknown) => void;
  /** Digest of the uploaded files, once they are parsed. @throws Refusal when they cannot be read */
  readonly digestUploads: (request: HttpRequest) => Promise<string>;
}

/** One attempt to answer one request: joins what the handler did and what went over the wire into a record. */
export class Exchange implements Execution, WireListener {
  private readonly run: HandlerRun;
  /** Status and headers as middleware and decorators left them. */
  private readonly before: Head;
  /** The same when the chain failed: what the handler had said by then, before a filter answered. */
  private beforeError: Head | undefined;
  private lateHead: (() => Head) | undefined;
  private chain!: Promise<Repeatable>;
  private next!: CallHandler;
  private error: unknown;
  /** The stream that the chain gave broke off. */
  private streamFailed = false;
  private uploads: string | undefined;
  private decided = false;
  private isLate = false;
  /** Of a client that left, before an answer was seen. */
  private left = false;
  private sendsStream = false;

  constructor(
    readonly handler: unknown,
    private readonly plan: HandlerPlan,
    private readonly identity: RequestIdentity,
    private readonly attemptRun: Attempt,
    private readonly request: HttpRequest,
    private readonly response: unknown,
    private readonly settings: ExchangeSettings,
  ) {
    this.before = this.head();
    // The response is the handler's own: what it returns is not sent.
    this.run = new HandlerRun((value) =>
      this.ownsResponse ? { fresh: () => value } : repeatable(value, this.maxBodyBytes),
    );
  }

  readonly replayed = false;

  get key(): string {
    return this.identity.key;
  }

  get attempt(): number {
    return this.attemptRun.number;
  }

  get signal(): AbortSignal {
    return this.attemptRun.signal;
  }

  get maxBodyBytes(): number {
    return this.plan.options.maxBodyBytes;
  }

  get ownsResponse(): boolean {
    return this.plan.ownsResponse;
  }

  /** Runs what is inside this interceptor, to its end, whoever unsubscribes or leaves meanwhile. */
  async proceed(next: CallHandler): Promise<unknown> {
    this.next = next;
    this.settings.platform.capture(this.request, this.response, this);
    this.chain = this.runChain();
    this.chain.catch((error: unknown) => {
      this.error = error;
      this.beforeError = this.head();
    });
    return (await this.chain).fresh();
  }

  enter(run: () => unknown): unknown {
    if (!this.identity.uploadsPending || this.run.entered) return this.run.enter(run);
    return this.settings.digestUploads(this.request).then((digest) => {
      this.uploads = digest;
      return this.run.enter(run);
    });
  }

  async answer(wire: WireAnswer): Promise<Substitute | undefined> {
    if (this.decided) return undefined;
    // Nest stops a stream that nobody is there to receive; what is seen of it then is not the answer.
    if (this.left && this.sendsStream) return undefined;
    this.decided = true;
    try {
      return await this.decide(wire);
    } catch (error) {
      this.settings.onBug(error);
      return undefined;
    }
  }

  sent(): void {
    if (!this.isLate) return;
    this.lateHead = this.settings.platform.collectLate(this.response, this.beforeError ?? this.before);
  }

  disconnected(): void {
    if (this.decided) return;
    this.left = true;
    this.finishAbandoned().catch((error: unknown) => this.settings.onBug(error));
  }

  private async runChain(): Promise<Repeatable> {
    const value: unknown = await runAs(this, () => lastValueFrom(this.next.handle()));
    if (this.ownsResponse) return { fresh: () => value };
    const settled = repeatable(value, this.maxBodyBytes);
    this.sendsStream = settled.ended !== undefined;
    settled.ended?.catch(() => (this.streamFailed = true));
    return settled;
  }

  private async decide(wire: WireAnswer): Promise<Substitute | undefined> {
    if (this.isImpatient(wire)) {
      this.isLate = true;
      this.finishLate().catch((error: unknown) => this.settings.onBug(error));
      return undefined;
    }
    if (this.isRecorded(wire)) return this.save(wire);
    await this.giveUp();
    return undefined;
  }

  /** Somebody lost patience with a handler that runs, or has ended well. What was said is not its answer. */
  private isImpatient({ status }: WireAnswer): boolean {
    if (this.ownsResponse || status < 400) return false;
    if (this.run.state === 'running') return !this.streamFailed;
    return this.run.state === 'resolved' && status === 408 && this.beforeError !== undefined;
  }

  private isRecorded({ status }: WireAnswer): boolean {
    // Rejected before the handler had a say: nothing happened.
    if (!this.run.entered && status >= 400) return false;
    // What was sent of it is not what was meant.
    if (this.streamFailed) return false;
    const outcome = { status, ...(this.error !== undefined && { error: this.error }) };
    try {
      return isRecorded(this.plan.options.record, outcome);
    } catch (error) {
      this.settings.onBug(error);
      return isRecorded('default', outcome);
    }
  }

  private async save(wire: WireAnswer): Promise<Substitute | undefined> {
    const { attemptRun, plan, settings } = this;
    const headers = replayableHeaders(this.before.headers, wire.headers, settings.unreplayableHeaders);
    const response = encodeResponse({
      status: wire.status,
      headers,
      body: wire.body ?? new Uint8Array(),
      kept: wire.body !== undefined,
      ...(this.uploads !== undefined && { uploads: this.uploads }),
    });
    const result = await attemptRun.complete(response, plan.options.ttl);
    switch (result.state) {
      case 'completed':
        settings.emit('recorded', attemptRun.number);
        return undefined;
      case 'unsaved':
        settings.emit('unsaved', attemptRun.number);
        return undefined;
      case 'lost':
        settings.emit('lost', attemptRun.number);
        return this.winnersAnswer(result.record);
      default:
        return result satisfies never;
    }
  }

  /** Another attempt took over: its answer is the answer. Where there is no other, ours is still true. */
  private winnersAnswer(record: InProgress | Completed | undefined): Substitute | undefined {
    if (!record) return undefined;
    const { platform, problems } = this.settings;
    if (record.state === 'in-progress') return asProblemResponse('IDEMPOTENCY_LEASE_LOST', problems);
    const recorded = decodeResponse(record.response);
    if (!recorded.kept) return asProblemResponse('IDEMPOTENCY_RESPONSE_NOT_KEPT', problems);
    return asReplay(recorded, platform.headersOf(this.response));
  }

  private async giveUp(): Promise<void> {
    const given = await this.attemptRun.release();
    this.settings.emit(given === 'lost' ? 'lost' : 'released', this.attemptRun.number);
  }

  private async saveNotKept(): Promise<void> {
    await this.save({ status: this.before.status, headers: {}, body: undefined });
  }

  /** The client got something else long ago; when the handler ends, its answer is recorded for the retry. */
  private async finishLate(): Promise<void> {
    this.run.abandon();
    await this.run.ended();
    if (this.run.state !== 'resolved') return this.giveUp();
    let settled: Repeatable;
    try {
      settled = await within(this.plan.options.lease, this.lateValue());
    } catch {
      return this.saveNotKept();
    }
    return this.saveRendered(settled, this.lateHead?.() ?? this.before);
  }

  /** The value as the interceptors leave it. If the chain was torn down, they get the handler's result once more. */
  private lateValue(): Promise<Repeatable> {
    return this.chain.catch((error: unknown) => {
      // A multipart body can be parsed only once.
      if (this.identity.uploadsPending) throw error;
      return this.runChain();
    });
  }

  private async saveRendered(settled: Repeatable, head: Head): Promise<void> {
    let wire: WireAnswer;
    try {
      if (this.plan.transformsValue) return await this.saveNotKept();
      const { platform } = this.settings;
      wire = await platform.render(this.request, this.response, settled.fresh(), head, this.maxBodyBytes);
    } catch {
      return this.saveNotKept();
    }
    await this.save(wire);
  }

  /** The client left before an answer was seen. Whatever runs goes on; usually an answer still comes by. */
  private async finishAbandoned(): Promise<void> {
    const settled = await this.chain.catch(() => undefined);
    settled?.abandon?.();
    await this.run.ended();
    await settled?.ended?.catch(() => undefined);
    await turn();
    if (this.decided) return;
    if (settled && !this.ownsResponse) {
      this.decided = true;
      return this.streamFailed ? this.giveUp() : this.saveRendered(settled, this.head());
    }
    // A handler with the response in its own hands may answer later than it returns.
    await pause(this.plan.options.lease);
    if (this.decided) return;
    this.decided = true;
    if (this.run.state === 'resolved') await this.saveNotKept();
    else await this.giveUp();
  }

  private head(): Head {
    const { platform } = this.settings;
    return {
      status: platform.rawResponse(this.response).statusCode,
      headers: { ...platform.headersOf(this.response) },
    };
  }
}

/** Lets everything run that is ready to run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
