/** One step from `version - 1` to `version`. A released one is never changed: the next one corrects it. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}
