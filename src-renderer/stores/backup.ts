import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { ContractError } from '../../src-main/app/contract/errors.ts';
import type {
  BackupContents,
  BackupState,
  ChooseFileRequest,
  MakeBackupRequest,
  OpenBackupRequest,
  RestoreBackupRequest,
} from '../../src-main/app/contract/keeping.ts';
import { request } from '../api.ts';
import { useNoticesStore } from './notices.ts';
import { useTaskStore } from './task.ts';

/** Backups: the last one, and making, proving and restoring one. */
export const useBackupStore = defineStore('backup', () => {
  const state = ref<BackupState | null>(null);
  /** The person is restoring one; the form is in place of the choices. */
  const restoring = ref(false);
  /** A restore has ended well, until something else is done, and where went what was here before. */
  const restored = computed(() => {
    const { task } = useTaskStore();
    return task?.kind === 'restoreBackup' && task.state === 'done' ? { movedTo: task.backupPath } : null;
  });

  async function load(): Promise<void> {
    const outcome = await request('backupState', {});
    if (outcome.ok) state.value = outcome.value;
    else useNoticesStore().fail('backupState', outcome.error);
  }

  function make(wish: MakeBackupRequest): Promise<boolean> {
    return useTaskStore().start('makeBackup', () => request('makeBackup', wish));
  }

  function prove(wish: OpenBackupRequest): Promise<boolean> {
    return useTaskStore().start('proveBackup', () => request('proveBackup', wish));
  }

  async function inspect(wish: OpenBackupRequest): Promise<BackupContents | ContractError> {
    const outcome = await request('inspectBackup', wish);
    return outcome.ok ? outcome.value : outcome.error;
  }

  function restore(wish: RestoreBackupRequest): Promise<boolean> {
    return useTaskStore().start('restoreBackup', () => request('restoreBackup', wish));
  }

  /** Null: none was chosen. */
  async function choose(wish: ChooseFileRequest): Promise<string | null> {
    const outcome = await request('chooseFile', wish);
    if (outcome.ok) return outcome.value.path;
    useNoticesStore().fail('chooseFile', outcome.error);
    return null;
  }

  return { state, restoring, restored, load, make, prove, inspect, restore, choose };
});
