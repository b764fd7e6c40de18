/**
 * Up to where a chain that was taken the fast way is proved: a durable record of the node. Blocks up to the checkpoint
 * are bound by its hash; whether their certificates and the signatures of their bundles are valid is found out later.
 */
import type { NodeRecord } from './effects.ts';
import type { Height } from './types.ts';

export interface Proofs {
  /** Every block up to this one has been checked. */
  readonly proved: Height;
  /** The checkpoint, which was checked when it was taken. */
  readonly to: Height;
}

const WORD_BYTES = 4;

export function proofsRecord({ proved, to }: Proofs): NodeRecord {
  const word = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
  return { key: 'proofs', bytes: new Uint8Array([...word(proved), ...word(to)]) };
}

/** Null: every block was checked before it was stored, or has been since. */
export function unprovedOf(records: readonly NodeRecord[]): Proofs | null {
  const bytes = records.find(({ key }) => key === 'proofs')?.bytes;
  if (bytes === undefined) return null;
  const word = (at: number) =>
    bytes.slice(at, at + WORD_BYTES).reduce((sum, byte, index) => sum + byte * 256 ** index, 0);
  const [proved, to] = [word(0), word(WORD_BYTES)];
  return proved < to ? { proved, to } : null;
}
