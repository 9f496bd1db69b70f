export interface Mail {
  readonly to: string;
  readonly subject: string;
}
