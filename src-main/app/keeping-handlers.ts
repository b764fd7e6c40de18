/** Requests about keeping what one has: backups by hand and by themselves, restoring one, locking the key. */
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Logger } from '../node/ports.ts';
import type { AppBackend } from './backend.ts';
import type { BackupState, ChooseFileRequest } from './contract/keeping.ts';
import type { Handlers } from './dispatch.ts';
import { AppError } from './errors.ts';
import type { SettingsStore } from './settings.ts';
import { workOf, type TaskRunner } from './tasks.ts';

/** Shows the system's dialog; resolves with null when the person chose none. */
export type ChooseFile = (request: ChooseFileRequest) => Promise<string | null>;

export interface KeepingDependencies {
  readonly backend: AppBackend;
  readonly settings: SettingsStore;
  readonly tasks: TaskRunner;
  readonly logger: Logger;
  /** Null where the host has no such dialog. */
  readonly chooseFile: ChooseFile | null;
  /** @throws AppError while a network is open or long work runs */
  readonly refuseWhileUsed: () => void;
  /** Stops the open network, which opens again with the key. */
  readonly closeForLock: (report: Parameters<typeof workOf>[0]) => Promise<void>;
  /** Key, networks and settings are others now. */
  readonly restored: () => Promise<void>;
  readonly locked: () => Promise<void>;
}

type KeepingHandlers = Pick<
  Handlers,
  | 'lockIdentity'
  | 'backupState'
  | 'makeBackup'
  | 'proveBackup'
  | 'inspectBackup'
  | 'restoreBackup'
  | 'chooseFile'
>;

export class Keeping {
  readonly #dependencies: KeepingDependencies;
  #rolling: Promise<unknown> = Promise.resolve();

  constructor(dependencies: KeepingDependencies) {
    this.#dependencies = dependencies;
  }

  readonly handlers: KeepingHandlers = {
    lockIdentity: async () => {
      const { backend, tasks, closeForLock, locked } = this.#dependencies;
      if ((await backend.key.state())?.protection !== 'passphrase') throw new AppError('not-lockable');
      return tasks.start({ kind: 'lock', stages: ['stopping'], cancellable: false }, async (report) => {
        await closeForLock(report);
        await backend.key.lock();
        await locked();
      });
    },
    backupState: () => this.#state(),
    makeBackup: ({ path: file, passphrase, chains }) => {
      const { backend, settings, tasks } = this.#dependencies;
      refuseRelative(file, 'makeBackup');
      const plan = {
        kind: 'makeBackup',
        stages: ['collecting', 'writing', 'proving'],
        cancellable: true,
      } as const;
      return tasks.start(plan, async (report) => {
        const name = settings.displayName;
        const made = await backend.backup.make({ file, passphrase, chains, name }, workOf(report));
        report.backupPath(file);
        await settings.setLastBackup({ path: file, ...made });
      });
    },
    proveBackup: ({ path: file, passphrase }) => {
      const { backend, tasks } = this.#dependencies;
      refuseRelative(file, 'proveBackup');
      return tasks.start({ kind: 'proveBackup', stages: ['proving'], cancellable: true }, (report) =>
        backend.backup.prove(file, passphrase, workOf(report)),
      );
    },
    inspectBackup: async ({ path: file, passphrase }) => {
      refuseRelative(file, 'inspectBackup');
      const { catalogue, inUse } = await this.#dependencies.backend.backup.inspect(file, passphrase);
      const { madeAtMs, appVersion, name, key, networks } = catalogue;
      return { madeAtMs, appVersion, name, publicKey: key?.publicKey ?? null, networks, inUse };
    },
    restoreBackup: ({ path: file, passphrase, mayReplace }) => {
      const { backend, tasks, refuseWhileUsed, restored } = this.#dependencies;
      refuseRelative(file, 'restoreBackup');
      refuseWhileUsed();
      const plan = { kind: 'restoreBackup', stages: ['proving', 'restoring'], cancellable: true } as const;
      return tasks.start(plan, async (report) => {
        const { movedTo } = await backend.backup.restore({ file, passphrase, mayReplace }, workOf(report));
        if (movedTo !== null) report.backupPath(movedTo);
        await restored();
      });
    },
    chooseFile: async (request) => {
      const { chooseFile } = this.#dependencies;
      if (chooseFile === null) throw new AppError('not-available');
      return { path: await chooseFile(request) };
    },
  };

  /** Something of what is small may have changed. `onlyThis`: how the key is closed. One after the other. */
  roll(onlyThis = false): void {
    const { backend, logger } = this.#dependencies;
    this.#rolling = this.#rolling
      .then(() => backend.backup.roll({ onlyThis }))
      .catch((error: unknown) => {
        logger.log('warn', 'no automatic backup was made', { error: String(error) });
      });
  }

  /** Resolves when none is being made. */
  async close(): Promise<void> {
    await this.#rolling;
  }

  #state(): BackupState {
    const { backend, settings, chooseFile } = this.#dependencies;
    return {
      suggestedPath: suggestedPath(),
      last: settings.lastBackup,
      canChoose: chooseFile !== null,
      rolling: backend.backup.rolling(),
    };
  }
}

/** Relative to what? The person does not know where the host was started. */
function refuseRelative(file: string, request: string): void {
  if (!path.isAbsolute(file)) throw new AppError('invalid-path', { path: file, request });
}

function suggestedPath(): string {
  const day = new Date().toISOString().slice(0, 10);
  for (let attempt = 1; ; attempt++) {
    const suffix = attempt === 1 ? '' : `-${attempt}`;
    const file = path.join(os.homedir(), `diva-node-${day}${suffix}.divabackup`);
    if (!existsSync(file)) return file;
  }
}
