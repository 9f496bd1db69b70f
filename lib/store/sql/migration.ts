/** One step of the schema. Steps are only ever added; each can be run again. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}
