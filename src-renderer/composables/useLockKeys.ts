import { onMounted, onUnmounted } from 'vue';
import { useRouter } from 'vue-router';
import { useIdentityStore } from '../stores/identity.ts';

const IS_MAC = navigator.platform.startsWith('Mac');
/** What is pressed to lock the key, as the keyboard shows it. */
export const LOCK_KEYS = IS_MAC ? '⌘⇧L' : 'Ctrl+Shift+L';

/** Locks the key, and shows where it is opened again. */
export function useLock(): () => Promise<void> {
  const identity = useIdentityStore();
  const router = useRouter();
  return async () => {
    if (await identity.lock()) await router.push('/start');
  };
}

/** Locks the key from everywhere in the window. */
export function useLockKeys(): void {
  const identity = useIdentityStore();
  const lock = useLock();
  const onKey = (event: KeyboardEvent): void => {
    const isModified = event.shiftKey && (IS_MAC ? event.metaKey : event.ctrlKey);
    if (!isModified || event.code !== 'KeyL' || event.repeat) return;
    event.preventDefault();
    if (identity.identity === null || identity.closed) return;
    void lock();
  };
  onMounted(() => window.addEventListener('keydown', onKey));
  onUnmounted(() => window.removeEventListener('keydown', onKey));
}
