import { IsInt, Min } from 'class-validator';

export class CreateRefundDto {
  /** Cents. */
  @IsInt()
  @Min(1)
  readonly amount!: number;
}
