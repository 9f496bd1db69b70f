import { IsInt, Matches, Min } from 'class-validator';

export class CreatePaymentDto {
  /** Cents. */
  @IsInt()
  @Min(1)
  readonly amount!: number;

  @Matches(/^[A-Z]{3}$/, { message: 'currency must be a code like EUR' })
  readonly currency!: string;

  @Matches(/^\d{12,19}$/, { message: 'card must be 12 to 19 digits' })
  readonly card!: string;
}
