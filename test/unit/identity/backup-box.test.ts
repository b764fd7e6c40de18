import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { backupFileBytes, BackupReader, BackupWriter } from '../../../src-main/identity/backup-box.ts';
import { BackupError } from '../../../src-main/identity/backup-errors.ts';
import { randomBytes } from '../../../src-main/identity/sodium-crypto.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-box-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const PASSPHRASE = 'four words to remember';
const HEADER = 76;
const CHUNK = 256 * 1024;
const BOX = CHUNK + 17;
/** The least that is accepted: these tests open many files. */
const CHEAP = () => ({ operations: 1, memoryBytes: 8 * 1024 * 1024, salt: randomBytes(16) });

let count = 0;
const newPath = (): string => path.join(folder, String(count++));

async function made(content: Uint8Array): Promise<string> {
  const file = newPath();
  const writer = await BackupWriter.create(file, PASSPHRASE, content.length, CHEAP());
  // In uneven parts, as files come.
  for (let at = 0; at < content.length; at += 100_001)
    await writer.append(content.subarray(at, at + 100_001));
  await writer.finish();
  await writer.close();
  return file;
}

async function contentOf(file: string, length: number, passphrase = PASSPHRASE): Promise<Uint8Array> {
  const reader = await BackupReader.open(file, passphrase);
  try {
    const content = await reader.read(length);
    await reader.finish();
    return content;
  } finally {
    await reader.close();
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (error instanceof BackupError) return error.code;
    throw error;
  }
}

function changed(file: string, change: (bytes: Buffer) => Buffer | undefined): string {
  const bytes = fs.readFileSync(file);
  const other = newPath();
  fs.writeFileSync(other, change(bytes) ?? bytes);
  return other;
}

describe('the outside of a backup', () => {
  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])(
    'gives back %i bytes, and nothing else',
    async (size) => {
      const content = randomBytes(size);
      const file = await made(content);
      expect(fs.statSync(file)).toMatchObject({ size: backupFileBytes(size) });
      expect(fs.statSync(file).mode & 0o777).toBe(0o600);
      expect(Buffer.compare(await contentOf(file, size), content)).toBe(0);
      if (size > 0) expect(await codeOf(contentOf(file, size - 1))).toBe('damaged');
      expect(await codeOf(contentOf(file, size + 1))).toBe('damaged');
      if (size >= 32)
        expect(fs.readFileSync(file).includes(Buffer.from(content.subarray(0, 32)))).toBe(false);
    },
  );

  it('opens with its passphrase only, however that was typed', async () => {
    const file = newPath();
    const writer = await BackupWriter.create(file, 'Schlüssel', 0, CHEAP());
    await writer.finish();
    await writer.close();
    expect(await codeOf(contentOf(file, 0, 'Schlu\u0308ssel'))).toBe('accepted');
    expect(await codeOf(contentOf(file, 0, 'Schlussel'))).toBe('wrong-passphrase');
  });

  it('is never written over another file', async () => {
    const file = await made(randomBytes(10));
    expect(await codeOf(BackupWriter.create(file, PASSPHRASE, 10, CHEAP()))).toBe('exists');
    expect(await codeOf(contentOf(file, 10))).toBe('accepted');
  });

  it('says that its end is missing, wherever it was cut', async () => {
    const size = 2 * CHUNK + 500;
    const file = await made(randomBytes(size));
    const cuts = [
      HEADER - 1,
      HEADER,
      HEADER + 16,
      HEADER + BOX,
      HEADER + BOX + 5,
      HEADER + 2 * BOX - 1,
      HEADER + 2 * BOX,
    ];
    for (const length of [...cuts, fs.statSync(file).size - 1]) {
      const cut = changed(file, (bytes) => bytes.subarray(0, length));
      expect(await codeOf(contentOf(cut, size)), String(length)).toBe('truncated');
    }
    for (const length of [0, 15]) {
      const cut = changed(file, (bytes) => bytes.subarray(0, length));
      expect(await codeOf(contentOf(cut, size)), String(length)).toBe('not-a-backup');
    }
  });

  it('is refused when anything in it was changed, added or moved', async () => {
    const size = 3 * CHUNK;
    const file = await made(randomBytes(size));
    for (const at of [HEADER + BOX, HEADER + 2 * BOX + 999]) {
      const flipped = changed(file, (bytes) => void (bytes[at]! ^= 1));
      expect(await codeOf(contentOf(flipped, size)), String(at)).toBe('damaged');
    }
    // What authenticates the header looks like a wrong passphrase: nobody can tell them apart.
    for (const at of [16 + 4, 30, 60, HEADER + 3]) {
      const flipped = changed(file, (bytes) => void (bytes[at]! ^= 2));
      expect(await codeOf(contentOf(flipped, size)), String(at)).toBe('wrong-passphrase');
    }
    const swapped = changed(file, (bytes) => {
      const second = Buffer.from(bytes.subarray(HEADER + BOX, HEADER + 2 * BOX));
      bytes.copyWithin(HEADER + BOX, HEADER + 2 * BOX, HEADER + 3 * BOX);
      second.copy(bytes, HEADER + 2 * BOX);
    });
    expect(await codeOf(contentOf(swapped, size))).toBe('damaged');
    const longer = changed(file, (bytes) => Buffer.concat([bytes, randomBytes(40)]));
    expect(await codeOf(contentOf(longer, size))).toBe('damaged');
  });

  it('is refused before any work when it is of a newer version, another program, or asks for too much', async () => {
    const file = await made(new Uint8Array(0));
    const withNumber = (offset: number, value: number) =>
      contentOf(
        changed(file, (bytes) => void bytes.writeUInt32LE(value, offset)),
        0,
      );
    expect(await codeOf(withNumber(16, 2))).toBe('newer-version');
    expect(await codeOf(withNumber(16, 0))).toBe('not-a-backup');
    for (const operations of [0, 9, 2 ** 32 - 1])
      expect(await codeOf(withNumber(20, operations))).toBe('not-a-backup');
    for (const kibibytes of [0, 8 * 1024 - 1, 512 * 1024 + 1])
      expect(await codeOf(withNumber(24, kibibytes))).toBe('not-a-backup');
    expect(
      await codeOf(
        contentOf(
          changed(file, (bytes) => void bytes.write('SQLite format 3')),
          0,
        ),
      ),
    ).toBe('not-a-backup');
    expect(await codeOf(contentOf(path.join(folder, 'none'), 0))).toBe('missing');
    expect(await codeOf(contentOf(folder, 0))).toBe('not-a-backup');
  });
});
