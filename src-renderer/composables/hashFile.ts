/** SHA-256 of a file as a stream: it is read piece by piece, never held as a whole, and never leaves the machine. */
import { sha256 } from '@noble/hashes/sha2.js';

export interface HashOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number) => void;
}

/**
 * @returns base64url without padding, 43 characters
 * @throws DOMException `NotReadableError` when the file cannot be read, `AbortError` when it was cancelled
 */
export async function hashFile(file: Blob, options: HashOptions): Promise<string> {
  const hash = sha256.create();
  const reader = file.stream().getReader();
  let doneBytes = 0;
  for (;;) {
    if (options.signal.aborted) {
      await reader.cancel();
      throw new DOMException('hashing was cancelled', 'AbortError');
    }
    const { done, value } = await reader.read();
    if (done) return toBase64Url(hash.digest());
    hash.update(value);
    doneBytes += value.length;
    options.onProgress(doneBytes);
  }
}

export function toBase64Url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
