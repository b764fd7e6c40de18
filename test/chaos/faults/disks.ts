/**
 * A disk that is full. Where this process may mount, the node's whole data folder is a file system of its own (tmpfs)
 * that is made as small as its content; otherwise no file of the node may grow any more (RLIMIT_FSIZE), which SQLite
 * meets as an I/O error instead of "disk full".
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import type { LocalNode } from '../../../src-main/networks/types.ts';

export type DiskKind = 'small file system' | 'no file may grow' | 'none';

const AMPLE = '4g';
const SLACK_BYTES = 16 * 1024;
const MOST_SLACK_BYTES = 16 * 1024 * 1024;

export class Disks {
  readonly kind: DiskKind;
  readonly #mounted: string[] = [];

  constructor(kind: DiskKind = kindOfDisk()) {
    this.kind = kind;
  }

  /** Before the nodes run. */
  prepare(nodes: readonly LocalNode[]): void {
    if (this.kind !== 'small file system') return;
    for (const { dataDir } of nodes) {
      const aside = `${dataDir}.aside`;
      fs.renameSync(dataDir, aside);
      fs.mkdirSync(dataDir, { mode: 0o700 });
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${AMPLE},mode=0700`, 'chaos', dataDir]);
      this.#mounted.push(dataDir);
      fs.cpSync(aside, dataDir, { recursive: true, preserveTimestamps: true });
      fs.rmSync(aside, { recursive: true });
    }
  }

  /** After the nodes have ended: what they wrote stays where it was, on the disk of the others. */
  release(): void {
    for (const dataDir of this.#mounted.splice(0)) {
      const aside = `${dataDir}.aside`;
      fs.cpSync(dataDir, aside, { recursive: true, preserveTimestamps: true });
      execFileSync('umount', [dataDir]);
      fs.rmdirSync(dataDir);
      fs.renameSync(aside, dataDir);
    }
  }

  fill({ dataDir, pid }: LocalNode): void {
    if (this.kind === 'no file may grow') {
      execFileSync('prlimit', ['--pid', String(pid), '--fsize=1:']);
    } else {
      shrink(dataDir);
    }
  }

  empty({ dataDir }: LocalNode): void {
    if (this.kind === 'small file system') resize(dataDir, AMPLE);
  }
}

/** As small as its content; the node writes meanwhile, and what is too small for that is refused. */
function shrink(folder: string): void {
  for (let slackBytes = SLACK_BYTES; ; slackBytes *= 2) {
    const { blocks, bfree, bsize } = fs.statfsSync(folder);
    try {
      return resize(folder, String((blocks - bfree) * bsize + slackBytes));
    } catch (error) {
      if (slackBytes > MOST_SLACK_BYTES) throw error;
    }
  }
}

function resize(folder: string, size: string): void {
  execFileSync('mount', ['-o', `remount,size=${size}`, folder], { stdio: 'ignore' });
}

function kindOfDisk(): DiskKind {
  const folder = fs.mkdtempSync('/tmp/chaos-disk-');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'chaos', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return 'small file system';
  } catch {
    return canLimit() ? 'no file may grow' : 'none';
  } finally {
    fs.rmdirSync(folder);
  }
}

function canLimit(): boolean {
  try {
    execFileSync('prlimit', ['--pid', String(process.pid), '--fsize'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
