import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Outcome } from '../../src-main/app/contract/errors.ts';
import type { Task, TaskStarted } from '../../src-main/app/contract/networks.ts';
import { request, subscribe } from '../api.ts';
import { useNoticesStore } from './notices.ts';

/** Work that ends with an open network. */
const OPENING: ReadonlySet<string> = new Set([
  'createLocalNetwork',
  'createSharedNetwork',
  'joinNetwork',
  'openNetwork',
]);

export function isOpening(task: Task | null): boolean {
  return task !== null && OPENING.has(task.kind);
}

type Start = () => Promise<Outcome<TaskStarted>>;

/** Long work: one task at a time, with its stages, and how to try it again. */
export const useTaskStore = defineStore('task', () => {
  const task = ref<Task | null>(null);
  /** Moment on the window's own clock at which `task.elapsedMs` was true. */
  const receivedAtMs = ref(0);
  const starting = ref(false);
  const dismissedId = ref<string | null>(null);
  const again = ref<Start | null>(null);

  const running = computed(() => task.value?.state === 'running' || task.value?.state === 'cancelling');
  /** What deserves to be shown: running work, and a failure until it is dismissed. */
  const shown = computed(() => {
    if (!task.value || task.value.id === dismissedId.value) return null;
    return running.value || task.value.state === 'failed' ? task.value : null;
  });
  const canRetry = computed(() => again.value !== null && task.value?.state === 'failed');

  function connect(): () => void {
    return subscribe('task', (value) => {
      const current = task.value;
      if (current?.id === value.id && value.version <= current.version) return;
      task.value = value;
      // What was asked for may hold a passphrase.
      if (value.state === 'done' || value.state === 'cancelled') again.value = null;
      receivedAtMs.value = performance.now();
    });
  }

  /** @param action names the attempt in a notice when it cannot even start. */
  async function start(action: string, run: Start): Promise<boolean> {
    if (starting.value) return false;
    starting.value = true;
    again.value = run;
    const outcome = await run();
    starting.value = false;
    if (!outcome.ok) useNoticesStore().fail(action, outcome.error);
    return outcome.ok;
  }

  async function retry(): Promise<void> {
    if (again.value) await start('retry', again.value);
  }

  async function cancel(): Promise<void> {
    if (!task.value) return;
    const outcome = await request('cancelTask', { taskId: task.value.id });
    if (!outcome.ok) useNoticesStore().fail('cancelTask', outcome.error);
  }

  function dismiss(): void {
    again.value = null;
    dismissedId.value = task.value?.id ?? null;
  }

  return { task, receivedAtMs, starting, running, shown, canRetry, connect, start, retry, cancel, dismiss };
});
