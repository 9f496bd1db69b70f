import { STATUS_CODES } from 'node:http';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { DomainError, type DomainErrorCode } from './domain.error.js';

const STATUS: Readonly<Record<DomainErrorCode, number>> = {
  ORDER_NOT_FOUND: 404,
  UNKNOWN_PRODUCT: 422,
  OUT_OF_STOCK: 409,
  WRONG_PAYMENT: 422,
  ORDER_ALREADY_PAID: 409,
  ORDER_NOT_PAID: 409,
  CARD_DECLINED: 402,
  REFUND_TOO_LARGE: 422,
};

/** Answers domain errors as problem details (RFC 9457). A retry gets the very same bytes: 4xx is recorded too. */
@Catch(DomainError)
export class ProblemDetailsFilter implements ExceptionFilter<DomainError> {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: DomainError, context: ArgumentsHost): void {
    const response: unknown = context.switchToHttp().getResponse();
    const { httpAdapter } = this.host;
    const status = STATUS[error.code];
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    httpAdapter.reply(
      response,
      { type: 'about:blank', title: STATUS_CODES[status], status, detail: error.message, code: error.code },
      status,
    );
  }
}
