/** Which Node runs the program: this one, or the pinned one of the packages beside it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** better-sqlite3 takes the whole process down on anything older; package.json says the same. */
const LEAST_MAJOR = 22;

export type FoundNode = 'this' | { readonly executable: string } | { readonly reason: string };

/** `program`: the URL from which the package `node` is looked for. */
export function newerNode(program: string): FoundNode {
  const { node: version } = process.versions;
  if (Number.parseInt(version, 10) >= LEAST_MAJOR) return 'this';
  const executable = pinnedNode(program);
  if (executable !== null) return { executable };
  return { reason: `DIVA Node needs Node.js ${LEAST_MAJOR} or newer, and this is ${version}.` };
}

function pinnedNode(program: string): string | null {
  try {
    const folder = path.dirname(createRequire(program).resolve('node/package.json'));
    const executable = path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(executable) ? executable : null;
  } catch {
    return null;
  }
}
