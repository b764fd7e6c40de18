import { onScopeDispose, ref, shallowRef } from 'vue';
import { hashFile } from './hashFile.ts';

/** Hashing one file at a time, with progress and a way out. */
export function useFileHash() {
  const file = shallowRef<File | null>(null);
  const fileHash = ref<string | null>(null);
  /** 0..1 */
  const progress = ref(0);
  const hashing = ref(false);
  const unreadable = ref(false);
  let abort = new AbortController();
  onScopeDispose(() => abort.abort());

  async function choose(chosen: File): Promise<void> {
    clear();
    const { signal } = abort;
    file.value = chosen;
    hashing.value = true;
    const onProgress = (doneBytes: number): void => {
      if (!signal.aborted) progress.value = doneBytes / Math.max(1, chosen.size);
    };
    try {
      const hash = await hashFile(chosen, { signal, onProgress });
      if (!signal.aborted) fileHash.value = hash;
    } catch {
      // A folder, a file that was moved, or one without permission: all the browser says is that it cannot be read.
      if (!signal.aborted) unreadable.value = true;
    }
    if (!signal.aborted) hashing.value = false;
  }

  function clear(): void {
    abort.abort();
    abort = new AbortController();
    file.value = null;
    fileHash.value = null;
    progress.value = 0;
    hashing.value = false;
    unreadable.value = false;
  }

  return { file, fileHash, progress, hashing, unreadable, choose, clear };
}
