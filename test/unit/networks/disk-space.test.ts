import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { requireSpace } from '../../../src-main/networks/disk-space.ts';

test('what fits is let through; folders of one disk share its space', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-disk-space-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const other = path.join(folder, 'other');
  fs.mkdirSync(other);
  const { bavail, bsize } = fs.statfsSync(folder);
  // Other tests write to this disk as well.
  const most = Math.floor(bavail * bsize * 0.6);
  await requireSpace({ folder, bytes: 0 });
  await requireSpace({ folder, bytes: most });
  const needs = [
    { folder, bytes: most },
    { folder: other, bytes: most },
  ];
  await expect(requireSpace(...needs)).rejects.toMatchObject({
    code: 'no-space',
    params: { path: other, missingBytes: expect.any(Number) as number },
  });
});
