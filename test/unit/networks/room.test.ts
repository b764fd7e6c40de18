import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { requireRoom } from '../../../src-main/networks/room.ts';

test('what fits is let through; folders of one disk share its room', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-room-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const other = path.join(folder, 'other');
  fs.mkdirSync(other);
  const { bavail, bsize } = fs.statfsSync(folder);
  // Other tests write to this disk as well.
  const most = Math.floor(bavail * bsize * 0.6);
  await requireRoom({ folder, bytes: 0 });
  await requireRoom({ folder, bytes: most });
  const needs = [
    { folder, bytes: most },
    { folder: other, bytes: most },
  ];
  await expect(requireRoom(...needs)).rejects.toMatchObject({
    code: 'no-room',
    params: { path: other, missingBytes: expect.any(Number) as number },
  });
});
