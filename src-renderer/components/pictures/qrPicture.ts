import { encodeQR } from 'qr';

export interface QrShape {
  /** Width and height in modules, with the quiet zone around it. */
  readonly size: number;
  /** SVG path of the dark modules, one rectangle per run of them in a row. */
  readonly path: string;
}

/** Four modules of nothing around it, as the standard asks for: cameras look for them. */
const QUIET = 4;

/** A link as a QR picture. The least correction: a screen has no stains, and larger modules are read from farther. */
export function qrShape(text: string): QrShape {
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: QUIET, encoding: 'byte' });
  const path = rows.flatMap((row, y) =>
    runsOf(row).map(({ x, width }) => `M${x} ${y}h${width}v1h-${width}z`),
  );
  return { size: rows.length, path: path.join('') };
}

function runsOf(row: readonly boolean[]): { readonly x: number; readonly width: number }[] {
  const runs: { x: number; width: number }[] = [];
  row.forEach((dark, x) => {
    const last = runs.at(-1);
    if (!dark) return;
    if (last !== undefined && last.x + last.width === x) last.width++;
    else runs.push({ x, width: 1 });
  });
  return runs;
}
