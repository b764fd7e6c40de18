/**
 * What a node's turns cost on disk: `node test/bench/storage.ts [--seconds 5] [--per-turn 40]`. Prints JSON:
 * microseconds per transaction and per turn without one, bytes of the file per transaction, bytes written to
 * the disk per transaction.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { toText } from '../../src-main/core/bytes.ts';
import type { DurableEffect } from '../../src-main/core/effects.ts';
import type { Transaction } from '../../src-main/core/types.ts';
import { randomBytes, sodiumCrypto } from '../../src-main/identity/sodium-crypto.ts';
import { createStore } from '../../src-main/storage/open-store.ts';
import { ChainFixture, data } from '../unit/storage/chain-fixture.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    'per-turn': { type: 'string', default: '40' },
  },
});
const seconds = Number(values.seconds);
const perBlock = Number(values['per-turn']);
const MEMBERS = 4;

function transactions(count: number): Transaction[] {
  return Array.from({ length: count }, () => ({
    ident: toText(randomBytes(16)),
    commands: [data(`bench:${toText(randomBytes(8))}`, toText(randomBytes(30)))],
  }));
}

/** Bytes that this process has caused to be written; Linux only. */
function bytesWritten(): number {
  try {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
  } catch {
    return Number.NaN;
  }
}

/** The turns of one height: bundles arrive in the votes' records, then the block is final. */
function turnsOfBlock(chain: ChainFixture): { turns: DurableEffect[][]; count: number } {
  const share = Math.ceil(perBlock / MEMBERS);
  const bundles = chain.keys.map((_, member) => chain.bundle(member, transactions(share)));
  const height = chain.height + 1;
  const safety = (
    kind: 'views' | 'header' | 'vote' | 'commit' | 'highNotarisation',
    key: string,
    length: number,
  ) => ({ type: 'persistSafety', record: { height, kind, key, bytes: randomBytes(length) } }) as const;
  const vote: DurableEffect[] = [
    safety('views', '', 12),
    safety('header', 'header', 400),
    safety('vote', '0', 120),
    ...bundles.map(({ bytes, digest }) => {
      return {
        type: 'persistSafety',
        record: { height, kind: 'bundle', key: toText(digest), bytes },
      } as const;
    }),
  ];
  const commit: DurableEffect[] = [safety('highNotarisation', '', 400), safety('commit', '0', 120)];
  const block = chain.block(bundles, { snapshot: randomBytes(4_000) });
  const own: DurableEffect[] = [{ type: 'appendLane', sealed: bundles[0]! }];
  return { turns: [own, vote, commit, [{ type: 'commitBlock', block }]], count: share * MEMBERS };
}

const folder = mkdtempSync(join(tmpdir(), 'diva-bench-'));
const path = join(folder, 'node.sqlite');
try {
  const chain = new ChainFixture(MEMBERS);
  const store = createStore({ path, publicKey: chain.ownKey }, chain.genesis, { crypto: sodiumCrypto });
  const writtenBefore = bytesWritten();
  let [count, blocks, writeMs, cpuMicros] = [0, 0, 0, 0];
  while (writeMs < seconds * 1_000) {
    const { turns, count: added } = turnsOfBlock(chain);
    const cpu = process.cpuUsage();
    const started = performance.now();
    for (const turn of turns) store.write(turn);
    writeMs += performance.now() - started;
    const used = process.cpuUsage(cpu);
    cpuMicros += used.user + used.system;
    count += added;
    blocks++;
  }
  const written = bytesWritten() - writtenBefore;
  const smallTurns = 2_000;
  const started = performance.now();
  for (let i = 0; i < smallTurns; i++) {
    const record = { height: chain.height + 1, kind: 'views', key: '', bytes: randomBytes(12) } as const;
    store.write([{ type: 'persistSafety', record }]);
  }
  const microsPerSmallTurn = ((performance.now() - started) / smallTurns) * 1_000;
  const searchStarted = performance.now();
  const found =
    store.searchBlocks('nowhere-to-be-found', 100).length +
    store.searchValues('nowhere-to-be-found', 100).length;
  const searchMs = performance.now() - searchStarted;
  store.close();
  const report = {
    blocks,
    transactions: count,
    transactionsPerBlock: count / blocks,
    microsPerTransaction: round((writeMs * 1_000) / count),
    cpuMicrosPerTransaction: round(cpuMicros / count),
    microsPerSmallTurn: round(microsPerSmallTurn),
    fileBytesPerTransaction: round(statSync(path).size / count),
    writtenBytesPerTransaction: round(written / count),
    searchMs: round(searchMs),
    found,
    rssMegabytes: round(process.memoryUsage().rss / 2 ** 20),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
