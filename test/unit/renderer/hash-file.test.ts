import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashFile } from '../../../src-renderer/composables/hashFile.ts';

const SIZE_BYTES = 3 * 1024 * 1024 + 17;

function options(signal = new AbortController().signal) {
  const steps: number[] = [];
  return { steps, signal, onProgress: (doneBytes: number) => void steps.push(doneBytes) };
}

describe('hashing a file', () => {
  it('gives the SHA-256 as 43 characters of base64url', async () => {
    for (const content of [Buffer.alloc(0), Buffer.from('abc'), randomBytes(SIZE_BYTES)]) {
      const hash = await hashFile(new Blob([content]), options());
      expect(hash).toBe(createHash('sha256').update(content).digest('base64url'));
      expect(hash).toHaveLength(43);
    }
  });

  it('reads piece by piece and says how far it is', async () => {
    const { steps, ...rest } = options();
    await hashFile(new Blob([randomBytes(SIZE_BYTES - 17), randomBytes(17)]), rest);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps.at(-1)).toBe(SIZE_BYTES);
  });

  it('stops when it is cancelled', async () => {
    const abort = new AbortController();
    const onProgress = (): void => abort.abort();
    const hashing = hashFile(new Blob([randomBytes(SIZE_BYTES)]), { signal: abort.signal, onProgress });
    await expect(hashing).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('says when the file cannot be read', async () => {
    const broken = new Blob(['x']);
    broken.stream = () =>
      new ReadableStream({
        pull: (controller) => controller.error(new DOMException('moved', 'NotReadableError')),
      });
    await expect(hashFile(broken, options())).rejects.toMatchObject({ name: 'NotReadableError' });
  });
});
