import {
  Body,
  Controller,
  Post,
  UploadedFile,
  UploadedFiles,
  UseInterceptors,
  type Type,
} from '@nestjs/common';
import type * as onExpress from '@nestjs/platform-express';
import type * as onFastify from '@nestjs/platform-fastify/multipart';
import { Idempotent } from 'nestjs-idempotency';
import { send, type Answer } from './create-app.js';

export type Loose = Record<string, any>;
const namesOf = (files: unknown): string[] =>
  [files].flat().flatMap((file) => (file ? [(file as Loose).originalname] : []));

export interface UploadsOptions {
  /** Where `disk` stores files. */
  readonly directory: string;
  /** Called by each execution; gives its number. */
  readonly onRun: () => number;
}

/** The same routes for both platforms' interceptors. */
export function uploadsWith(
  from: typeof onExpress | typeof onFastify,
  { directory, onRun }: UploadsOptions,
): Type {
  const {
    AnyFilesInterceptor,
    FileFieldsInterceptor,
    FileInterceptor,
    FilesInterceptor,
    NoFilesInterceptor,
  } = from as typeof onExpress;

  @Controller('uploads')
  class UploadsController {
    @Post('one')
    @Idempotent()
    @UseInterceptors(FileInterceptor('file'))
    one(@UploadedFile() file: unknown, @Body() fields: Loose) {
      return { run: onRun(), names: namesOf(file), fields };
    }
    @Post('disk')
    @Idempotent()
    @UseInterceptors(FileInterceptor('file', { dest: directory }))
    disk(@UploadedFile() file: unknown, @Body() fields: Loose) {
      return { run: onRun(), names: namesOf(file), fields };
    }
    @Post('list')
    @Idempotent()
    @UseInterceptors(FilesInterceptor('file'))
    list(@UploadedFiles() files: unknown[]) {
      return { run: onRun(), names: namesOf(files) };
    }
    @Post('named')
    @Idempotent()
    @UseInterceptors(FileFieldsInterceptor([{ name: 'file' }, { name: 'other' }]))
    named(@UploadedFiles() files: Record<string, unknown[]>) {
      return { run: onRun(), names: Object.values(files ?? {}).flatMap(namesOf) };
    }
    @Post('any')
    @Idempotent()
    @UseInterceptors(AnyFilesInterceptor())
    any(@UploadedFiles() files: unknown[]) {
      return { run: onRun(), names: namesOf(files) };
    }
    @Post('none')
    @Idempotent()
    @UseInterceptors(NoFilesInterceptor())
    none(@Body() fields: Loose) {
      return { run: onRun(), fields };
    }
    @Post('unparsed')
    @Idempotent()
    unparsed() {
      return { run: onRun() };
    }
    @Post('picked')
    @Idempotent({ fingerprint: () => 'any file' })
    @UseInterceptors(FileInterceptor('file'))
    picked() {
      return { run: onRun() };
    }
  }
  return UploadsController;
}

export type Part = [field: string, value: string | File];
export const file = (content: string | Uint8Array<ArrayBuffer>, name = 'a.txt', type = 'text/plain') =>
  new File([content], name, { type });

/** Sends a form, with a boundary of its own for each request, as real clients choose it. */
export function upload(url: string, key: string, ...parts: Part[]): Promise<Answer> {
  const body = new FormData();
  for (const [field, value] of parts) body.append(field, value);
  return send(url, { key, body });
}
