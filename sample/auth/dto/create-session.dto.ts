import { Matches } from 'class-validator';

export class CreateSessionDto {
  /** The demo has no passwords: whoever names a user is that user. */
  @Matches(/^[\w.@-]{1,64}$/, { message: 'user must be 1 to 64 letters, digits or any of . _ @ -' })
  readonly user!: string;
}
