/** Requests about the own key: opening it, closing it with another passphrase, and starting over without it. */
import { toText } from '../core/bytes.ts';
import type { Logger } from '../node/ports.ts';
import type { AppBackend, OwnKeyState } from './backend.ts';
import type { ContractError } from './contract/errors.ts';
import type { Identity, IdentityState } from './contract/identity.ts';
import type { Handlers } from './dispatch.ts';
import { contractError } from './errors.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { SettingsStore } from './settings.ts';
import { toContractError } from './translate-errors.ts';

export interface OwnIdentityDependencies {
  readonly backend: AppBackend;
  readonly settings: SettingsStore;
  readonly logger: Logger;
  readonly publish: (state: IdentityState) => void;
  /** The person has opened the key. */
  readonly unlocked: () => void;
  /** The key and all networks are in a backup now. */
  readonly startedOver: () => void;
  /** The key file is closed in another way. */
  readonly protectionChanged: () => void;
  /** @throws AppError while a network is open or long work runs */
  readonly refuseWhileUsed: () => void;
}

type IdentityHandlers = Pick<Handlers, 'unlockIdentity' | 'setPassphrase' | 'startOver'>;

export class OwnIdentity {
  readonly #dependencies: OwnIdentityDependencies;
  #publishing: Promise<void> = Promise.resolve();

  constructor(dependencies: OwnIdentityDependencies) {
    this.#dependencies = dependencies;
  }

  readonly handlers: IdentityHandlers = {
    unlockIdentity: async ({ passphrase }) => {
      await this.#dependencies.backend.key.unlock(passphrase);
      await this.publish();
      this.#dependencies.unlocked();
      return {};
    },
    setPassphrase: async ({ current, next }) => {
      await this.#dependencies.backend.key.setPassphrase(current, next);
      this.#dependencies.protectionChanged();
      await this.publish();
      return {};
    },
    startOver: async () => {
      const { backend, settings, refuseWhileUsed, startedOver } = this.#dependencies;
      refuseWhileUsed();
      const backupPath = await backend.startOver();
      await settings.setOpenNetwork(null);
      await this.publish();
      startedOver();
      return { backupPath };
    },
  };

  /** Opens a key that needs a passphrase with the one that the host was started with. Null: nothing is in the way. */
  async open(): Promise<ContractError | null> {
    const { backend, logger } = this.#dependencies;
    try {
      const key = await backend.key.state();
      if (key?.access === 'keyring-missing')
        return contractError('keyring-unavailable', { keyring: key.keyring ?? '' });
      if (key?.access === 'locked') await backend.key.open();
      return null;
    } catch (error) {
      return toContractError(error, logger, 'opening the key');
    } finally {
      await this.publish();
    }
  }

  /** One after the other, so that the last one is the newest. */
  publish(): Promise<void> {
    this.#publishing = this.#publishing.then(async () => this.#dependencies.publish(await this.#state()));
    return this.#publishing;
  }

  async #state(): Promise<IdentityState> {
    const { backend, logger } = this.#dependencies;
    const { newKey } = backend.key;
    try {
      const key = await backend.key.state();
      return { identity: key === null ? null : this.#identityOf(key), problem: null, newKey };
    } catch (error) {
      return { identity: null, problem: toContractError(error, logger, 'looking at the key'), newKey };
    }
  }

  #identityOf({ publicKey, protection, access, keyring }: OwnKeyState): Identity {
    const text = toText(publicKey);
    return {
      displayName: this.#dependencies.settings.displayName ?? text.slice(0, 8),
      publicKey: text,
      fingerprint: fingerprintOf(publicKey),
      protection,
      access,
      keyring,
    };
  }
}
