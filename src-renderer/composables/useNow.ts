import { onScopeDispose, ref, type Ref } from 'vue';

const TICK_MS = 1000;

/** The window's own monotonic clock in milliseconds, read once per second; only for showing how time passes. */
export function useNow(): Readonly<Ref<number>> {
  const nowMs = ref(performance.now());
  const timer = setInterval(() => (nowMs.value = performance.now()), TICK_MS);
  onScopeDispose(() => clearInterval(timer));
  return nowMs;
}
