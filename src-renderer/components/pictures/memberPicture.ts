/**
 * The small symmetrical picture of a member: a 5 x 5 field whose right half mirrors the left, so 15 cells decide it.
 * Each is empty, full or a dot; the hue is one of 12 that stay apart for the eye.
 */
import { keyDigest } from './keyDigest.ts';

export const PICTURE_CELLS = 5;
const HUES = 12;
const HALF = Math.ceil(PICTURE_CELLS / 2);

export interface PictureCell {
  readonly column: number;
  readonly row: number;
  readonly shape: 'full' | 'dot';
}

export interface Picture {
  /** Degrees on the colour circle. */
  readonly hue: number;
  readonly cells: readonly PictureCell[];
}

/** @param publicKey base64url text of the key, 43 characters */
export function memberPicture(publicKey: string): Picture {
  const digest = keyDigest(publicKey);
  const cells: PictureCell[] = [];
  for (let row = 0; row < PICTURE_CELLS; row++) {
    for (let column = 0; column < HALF; column++) {
      const shape = shapeOf(digest[row * HALF + column] ?? 0);
      if (!shape) continue;
      cells.push({ column, row, shape });
      const mirrored = PICTURE_CELLS - 1 - column;
      if (mirrored !== column) cells.push({ column: mirrored, row, shape });
    }
  }
  return { hue: memberHue(publicKey), cells };
}

/** The same hue marks a member's picture and the pages of its notebook. */
export function memberHue(publicKey: string): number {
  return ((keyDigest(publicKey)[29] ?? 0) % HUES) * (360 / HUES);
}

/** Half of the cells are full, a sixth are dots: enough ink to be seen at 24 pixels, enough paper to have a shape. */
function shapeOf(byte: number): PictureCell['shape'] | null {
  if (byte < 128) return 'full';
  return byte < 171 ? 'dot' : null;
}
