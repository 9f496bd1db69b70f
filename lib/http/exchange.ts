import type { CallHandler } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import type { HandlerPlan } from '../bootstrap/handler-plan.js';
import type { Attempt } from '../engine/attempt.js';
import type { EffectRetry, EffectRun } from '../engine/effects.js';
import { runAs, type Execution } from '../execution/current-execution.js';
import { AnswerRecorder } from './answer-recorder.js';
import type { AttemptTransaction } from './attempt-transaction.js';
import { HandlerRun } from './handler-run.js';
import { headOf } from './head-of.js';
import type { Head, HttpRequest, Substitute, WireAnswer, WireListener } from './platform/http-platform.js';
import { asIs, repeatable, type Repeatable } from './platform/repeatable.js';
import { afterEffects, endedAs, type Ended } from './ended.js';
import { isRecordedSafely } from './record-rule.js';
import type { RequestIdentity } from './request-identity.js';
import type { ExchangeSettings } from './exchange-settings.js';
import { EffectRefused, runEffect } from './run-effect.js';
import { ownTransactionsOf, transactionOf } from './transaction-of.js';
import { pause, turn } from './pause.js';
import { probedAfter } from './probed.js';
import { within } from './within.js';

/** One attempt to answer one request: joins what the handler did and what went over the wire into a record. */
export class Exchange implements Execution, WireListener {
  private readonly run: HandlerRun;
  /** Status and headers as middleware and decorators left them. */
  private readonly before: Head;
  private readonly recorder: AnswerRecorder;
  private readonly transaction: AttemptTransaction | undefined;
  /** The same when the chain failed: what the handler had said by then, before a filter answered. */
  private beforeError: Head | undefined;
  private lateHead: (() => Head) | undefined;
  private chain!: Promise<Repeatable>;
  private next!: CallHandler;
  /** The chain has neither given a value nor failed. */
  private pending = true;
  private error: unknown;
  /** The stream that the chain gave broke off. */
  private streamFailed = false;
  private decided = false;
  private isLate = false;
  /** The response was somebody else's before the handler ran. */
  private isForeign = false;
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
    this.before = headOf(this.settings.platform, this.response);
    // The response is the handler's own: what it returns is not sent.
    this.run = new HandlerRun(plan.ownsResponse ? undefined : plan.options.maxBodyBytes);
    this.transaction = transactionOf(settings, this.run, () => this.mayRunAgain);
    this.recorder = new AnswerRecorder(attemptRun, plan, settings, this.before, response, this.transaction);
  }

  readonly replayed = false;
  get key(): string {
    return this.identity.key;
  }
  get reference(): string {
    return this.identity.id;
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
    const { platform } = this.settings;
    // Somebody else (a middleware that lost patience) has answered while the store was asked.
    const isOver = platform.isOver(this.response);
    try {
      if (!isOver) platform.capture(this.request, this.response, this, this.before);
    } catch (error) {
      await this.recorder.salvage('nothing', error);
      throw error;
    }
    this.chain = this.transaction ? this.transaction.run(() => this.runChain()) : this.runChain();
    this.chain.then(
      () => (this.pending = false),
      (error: unknown) => {
        this.pending = false;
        this.error = error;
        this.beforeError = headOf(this.settings.platform, this.response);
      },
    );
    if (isOver) this.goOnWithoutClient();
    return (await this.chain).fresh();
  }

  notApplied(): void {
    this.run.isNotApplied = true;
  }

  effect<T>(name: string, work: (run: EffectRun) => T | Promise<T>, retry: EffectRetry): Promise<T> {
    const { problems } = this.settings;
    return runEffect(this.attemptRun, { problems, reference: this.reference }, name, work, retry);
  }
  ownTransactions(called: string): ReturnType<Execution['ownTransactions']> {
    return ownTransactionsOf(this.transaction, this.plan, called);
  }

  enter(handler: () => unknown): unknown {
    const run = this.transaction?.around(handler) ?? handler;
    const reached = this.attemptRun.reach('before-handler');
    if (!reached) return this.open(run);
    return reached.then(() => this.open(probedAfter(run, () => this.attemptRun.reach('after-handler'))));
  }

  private open(run: () => unknown): unknown {
    if (!this.identity.uploadsPending || this.run.entered) return this.run.enter(run);
    return this.settings.digestUploads(this.request).then((digest) => {
      this.recorder.uploads = digest;
      return this.run.enter(run);
    });
  }

  async answer(wire: WireAnswer): Promise<Substitute | undefined> {
    if (this.decided) return undefined;
    // Nest stops a stream that nobody is there to receive; what is seen of it then is not the answer.
    if (this.left && this.sendsStream) return undefined;
    this.decided = true;
    try {
      const substitute = await this.decide(wire);
      const reached = this.attemptRun.reach('before-reply');
      if (reached) await reached;
      return substitute;
    } catch (error) {
      await this.recorder.salvage(this.ended(), error);
      return undefined;
    }
  }

  failed(error: unknown): void {
    this.settings.onBug(error);
  }

  sent(): void {
    this.attemptRun.reach('after-reply')?.catch(this.settings.onBug);
    if (!this.isLate) return;
    this.lateHead = this.settings.platform.collectLate(this.response, this.base);
  }

  disconnected(): void {
    if (this.decided) return;
    this.left = true;
    this.finishAbandoned().catch((error: unknown) => this.recorder.salvage(this.ended(), error));
  }

  private async runChain(): Promise<Repeatable> {
    const value: unknown = await runAs(this, () => lastValueFrom(this.next.handle()));
    if (this.ownsResponse) return asIs(value);
    const settled = repeatable(value, this.maxBodyBytes);
    this.sendsStream = settled.ended !== undefined;
    settled.ended?.catch(() => (this.streamFailed = true));
    return settled;
  }

  private async decide(wire: WireAnswer): Promise<Substitute | undefined> {
    if (this.isImpatient(wire)) {
      this.goLate();
      return undefined;
    }
    if (wire.status < 200 || wire.status > 599) {
      // Node sends it; no client can be expected to understand it a second time.
      await this.recorder.conclude(this.ended());
      return undefined;
    }
    if (this.isRecorded(wire)) return this.recorder.save(wire, this.error !== undefined);
    // Without an error it is the handler itself that said so.
    await this.recorder.giveUp(this.ended(this.error === undefined ? wire.status : undefined));
    return undefined;
  }

  private goLate(): void {
    this.isLate = true;
    this.finishLate().catch((error: unknown) => this.recorder.salvage(this.ended(), error));
  }

  private goOnWithoutClient(): void {
    this.decided = this.isForeign = true;
    this.goLate();
    this.sent();
  }

  /** What an answer of the handler begins with, where the response has another one on it. */
  private get base(): Head {
    if (this.isForeign) return { status: this.plan.status, headers: {} };
    return this.beforeError ?? this.before;
  }

  /** How the handler ended, for an answer that is not recorded; `said` is the status of one that it gave. */
  private ended(said?: number): Ended {
    const { isNotApplied } = this.run;
    const ended = endedAs(this.run, isNotApplied, this.streamFailed ? undefined : said);
    return afterEffects(ended, this.attemptRun, isNotApplied);
  }

  /** Somebody lost patience with a handler that runs, or has ended well. What was said is not its answer. */
  private isImpatient({ status }: WireAnswer): boolean {
    if (this.ownsResponse || status < 400) return false;
    if (this.run.state === 'running' || this.pending) return !this.streamFailed;
    if (this.transaction?.isOver) return false;
    return this.run.state === 'resolved' && status === 408 && this.beforeError !== undefined;
  }

  private isRecorded({ status }: WireAnswer): boolean {
    // Rejected before the handler had a say: nothing happened.
    if (!this.run.entered && status >= 400) return false;
    // What was sent of it is not what was meant.
    if (this.streamFailed || this.run.failedWith(EffectRefused)) return false;
    const outcome = { status, ...(this.error !== undefined && { error: this.error }) };
    return isRecordedSafely(this.plan.options.record, outcome, this.settings.onBug);
  }

  /** A multipart body can be parsed only once, and of two attempts one is enough. */
  private get mayRunAgain(): boolean {
    return !this.identity.uploadsPending && !this.signal.aborted;
  }

  /** The client got something else long ago; when the handler ends, its answer is recorded for the retry. */
  private async finishLate(): Promise<void> {
    this.run.abandon();
    if (!(await this.entersHandler())) return this.recorder.giveUp('nothing');
    await this.run.ended();
    if (this.run.state !== 'resolved') return this.recorder.giveUp(this.ended());
    let settled: Repeatable;
    try {
      settled = await within(this.plan.options.lease, this.lateValue());
    } catch {
      return this.recorder.saveNotKept();
    }
    return this.recorder.saveValue(this.request, settled, this.lateHead?.() ?? this.base);
  }

  /** The value as the interceptors leave it. If the chain was torn down, they get the handler's result once more. */
  private lateValue(): Promise<Repeatable> {
    return this.chain.catch((error: unknown) => {
      // A multipart body can be parsed only once.
      if (this.identity.uploadsPending) throw error;
      return this.transaction ? this.transaction.inside(() => this.runChain()) : this.runChain();
    });
  }

  /** The client left before an answer was seen. Whatever runs goes on; usually an answer still comes by. */
  private async finishAbandoned(): Promise<void> {
    if (!(await this.entersHandler())) {
      this.decided = true;
      return this.recorder.giveUp('nothing');
    }
    await this.run.ended();
    const settled = await within(this.plan.options.lease, this.chain).catch(() => undefined);
    settled?.abandon?.();
    await settled?.ended?.catch(() => undefined);
    await turn();
    if (this.decided) return;
    if (settled && !this.ownsResponse) {
      this.decided = true;
      return this.streamFailed
        ? this.recorder.giveUp(this.ended())
        : this.recorder.saveValue(this.request, settled, headOf(this.settings.platform, this.response));
    }
    // A handler with the response in its own hands may answer later than it returns.
    await pause(this.plan.options.lease);
    if (this.decided) return;
    this.decided = true;
    await this.recorder.conclude(this.ended());
  }

  /**
   * Whether the handler is, or was, entered, or the chain ended without it. A chain that hangs before it (a parser
   * waiting for a body whose sender is gone) is given one lease; after that the handler is not entered any more.
   */
  private async entersHandler(): Promise<boolean> {
    if (this.run.entered || !this.pending) return true;
    await Promise.race([this.chain.catch(() => undefined), this.run.begun, pause(this.plan.options.lease)]);
    if (this.run.entered || !this.pending) return true;
    this.run.close();
    return false;
  }
}
