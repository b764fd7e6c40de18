/**
 * A node's database that a disk, another program or a person damaged. An input is a list of changes, 5 bytes each: an
 * offset (4, taken modulo the size) and the byte that is put there; what does not fill 5 bytes cuts the file.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { toText } from '../../../src-main/core/bytes.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { StorageError } from '../../../src-main/storage/errors.ts';
import { createStore, openReader, openStore } from '../../../src-main/storage/open-store.ts';
import { ChainFixture } from '../../unit/storage/chain-fixture.ts';
import { accepts, type Target } from '../target.ts';

const CHANGE_BYTES = 5;
const dependencies = { crypto: sodiumCrypto };

interface Genuine {
  readonly path: string;
  readonly bytes: Buffer;
  readonly chain: ChainFixture;
}

let made: Genuine | undefined;

/** A chain of three blocks, closed; once per process. */
function genuine(): Genuine {
  if (made !== undefined) return made;
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'diva-fuzz-')), 'node.sqlite');
  const chain = new ChainFixture(4, 'fuzz');
  const store = createStore({ path: file, publicKey: chain.ownKey }, chain.genesis, dependencies);
  for (let i = 0; i < 3; i++) store.write([{ type: 'commitBlock', block: chain.block([]) }]);
  store.close();
  return (made = { path: file, bytes: fs.readFileSync(file), chain });
}

function damaged(bytes: Buffer, input: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  const changes = Math.floor(input.length / CHANGE_BYTES);
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  for (let i = 0; i < changes; i++) {
    copy[view.getUint32(i * CHANGE_BYTES, true) % copy.length] = view.getUint8(i * CHANGE_BYTES + 4);
  }
  const rest = input.subarray(changes * CHANGE_BYTES);
  return rest.length === 0 ? copy : copy.subarray(0, Math.floor((rest[0]! / 256) * copy.length));
}

/** In pages of the beginning, where SQLite's header and the schema are, and anywhere. */
function seeds(): Uint8Array[] {
  const change = (offset: number, byte: number) => [
    offset & 255,
    (offset >> 8) & 255,
    (offset >> 16) & 255,
    0,
    byte,
  ];
  const offsets = [
    0, 16, 18, 24, 28, 40, 56, 60, 64, 100, 103, 108, 2_000, 4_095, 4_096, 4_104, 8_192, 20_000,
  ];
  return [
    new Uint8Array(0),
    Uint8Array.of(128),
    ...offsets.map((offset) => Uint8Array.from(change(offset, 255))),
  ];
}

export const databaseTarget: Target = {
  name: 'database',
  maxBytes: 64 * CHANGE_BYTES,
  testRuns: 60,
  seeds,
  run: (input) => {
    const { path: file, bytes, chain } = genuine();
    for (const suffix of ['-wal', '-shm']) fs.rmSync(file + suffix, { force: true });
    fs.writeFileSync(file, damaged(bytes, input));
    accepts(() => {
      const reader = openReader(file, dependencies);
      try {
        for (let height = 1; height <= reader.tip().height && height < 10; height++) reader.block(height);
        reader.laneBundle(chain.ownKey, 1);
        reader.value(`peer:${toText(chain.ownKey)}`);
        reader.searchValues('', 100);
        reader.searchBlocks('test', 10);
      } finally {
        reader.close();
      }
    }, StorageError);
    accepts(() => {
      const store = openStore({ path: file, publicKey: chain.ownKey }, dependencies);
      try {
        store.load();
      } finally {
        store.close();
      }
    }, StorageError);
  },
};
