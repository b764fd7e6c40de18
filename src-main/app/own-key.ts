/** The own key of a data folder in this process: opened once, by what the host has or the person enters. */
import { IdentityError, type IdentityErrorCode } from '../identity/errors.ts';
import {
  changeProtection,
  createIdentity,
  inspectIdentity,
  loadIdentity,
  type Identity,
  type IdentityInfo,
} from '../identity/identity-file.ts';
import type { KeyProtector, Protection, ProtectionKind, Unlocking } from '../identity/key-protector.ts';
import type { OwnKeyAccess, OwnKeyState } from './backend.ts';
import type { IdentityState } from './contract/identity.ts';
import { AppError } from './errors.ts';

const PROTECTIONS: Readonly<Record<ProtectionKind, OwnKeyState['protection']>> = {
  none: 'unprotected',
  passphrase: 'passphrase',
  keyring: 'keyring',
};

/** The file is there, and no passphrase or keyring would help. */
const UNREADABLE: ReadonlySet<IdentityErrorCode> = new Set(['corrupt', 'unsupported-version']);

export interface OwnKeyOptions {
  readonly folder: string;
  /** The system's keyring; null where there is none. */
  readonly protector: KeyProtector | null;
  /** What the host was started with; null when the person is to be asked. */
  readonly passphrase: string | null;
}

export class OwnKey implements OwnKeyAccess {
  readonly #options: OwnKeyOptions;
  /** The person has locked it: what the host was started with does not open it any more. */
  #isLocked = false;
  #opened: Identity | null = null;
  /** One after the other: trying a passphrase takes 256 MiB for a moment. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: OwnKeyOptions) {
    this.#options = options;
  }

  get newKey(): IdentityState['newKey'] {
    const { passphrase, protector } = this.#options;
    if (passphrase !== null) return 'given-passphrase';
    return protector === null ? 'unprotected' : 'keyring';
  }

  async state(): Promise<OwnKeyState | null> {
    try {
      const info = await inspectIdentity(this.#options.folder);
      const { publicKey, keyring } = info;
      return { publicKey, keyring, protection: PROTECTIONS[info.protection], access: this.#accessOf(info) };
    } catch (error) {
      if (error instanceof IdentityError && error.code === 'missing') return null;
      throw error;
    }
  }

  /** With what the host has. */
  open(): Promise<Identity> {
    return this.#inTurn(() => this.#open(this.#given));
  }

  /** The same for a backup; null where there is no key. */
  openIfThere(): Promise<{ readonly identity: Identity; readonly protection: ProtectionKind } | null> {
    return this.#inTurn(async () => {
      try {
        const { protection } = await inspectIdentity(this.#options.folder);
        return { identity: await this.#open(this.#given), protection };
      } catch (error) {
        if (error instanceof IdentityError && error.code === 'missing') return null;
        throw error;
      }
    });
  }

  lock(): Promise<void> {
    return this.#inTurn(async () => {
      const { protection } = await inspectIdentity(this.#options.folder);
      if (protection !== 'passphrase') throw new AppError('not-lockable');
      this.#isLocked = true;
      this.#forget();
    });
  }

  /** Lets another key take the place of this one, and opens that. A key that stays as it is stays open. */
  replace<Result>(passphrase: string, work: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(async () => {
      const result = await work();
      this.#forget();
      await this.#open(this.#given)
        .catch(() => this.#open(passphrase))
        .catch((error: unknown) => {
          // The folder of a local network has no key of its own.
          if (!(error instanceof IdentityError) || error.code !== 'missing') throw error;
        });
      return result;
    });
  }

  /** Makes the key when there is none: closed with the passphrase, otherwise with what the host has. */
  openOrCreate(passphrase: string | null): Promise<Identity> {
    return this.#inTurn(async () => {
      try {
        return await this.#open(this.#given);
      } catch (error) {
        if (!(error instanceof IdentityError) || error.code !== 'missing') throw error;
        this.#opened = await createIdentity(this.#options.folder, this.#protectionOfNew(passphrase));
        return this.#opened;
      }
    });
  }

  async unlock(passphrase: string): Promise<void> {
    await this.#inTurn(() => this.#open(passphrase));
    this.#isLocked = false;
  }

  setPassphrase(current: string | null, next: string): Promise<void> {
    const protection: Protection = { kind: 'passphrase', passphrase: next };
    return this.#inTurn(async () => {
      // It is open then: a key that needed nothing so far must not ask at once for what was just chosen.
      await this.#open(current);
      await changeProtection(this.#options.folder, this.#unlocking(current), protection);
    });
  }

  /**
   * Lets a key that is in the way be moved.
   * @throws AppError `identity-missing`; `invalid-request` for a key that opens, which is never in the way
   */
  abandon(move: () => Promise<string>): Promise<string> {
    return this.#inTurn(async () => {
      if (!(await this.#isInTheWay()))
        throw new AppError('invalid-request', { request: 'startOver', path: '' });
      return move();
    });
  }

  async #isInTheWay(): Promise<boolean> {
    try {
      const state = await this.state();
      if (state === null) throw new AppError('identity-missing');
      return state.access !== 'open';
    } catch (error) {
      if (error instanceof IdentityError && UNREADABLE.has(error.code)) return true;
      throw error;
    }
  }

  get #given(): string | null {
    return this.#isLocked ? null : this.#options.passphrase;
  }

  #forget(): void {
    this.#opened?.dispose();
    this.#opened = null;
  }

  async #open(passphrase: string | null): Promise<Identity> {
    this.#opened ??= await loadIdentity(this.#options.folder, this.#unlocking(passphrase));
    return this.#opened;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined);
    return result;
  }

  #unlocking(passphrase: string | null): Unlocking {
    const { protector } = this.#options;
    return {
      ...(passphrase === null ? {} : { passphrase }),
      ...(protector === null ? {} : { protector }),
    };
  }

  #protectionOfNew(chosen: string | null): Protection {
    const passphrase = chosen ?? this.#options.passphrase;
    if (passphrase !== null) return { kind: 'passphrase', passphrase };
    const { protector } = this.#options;
    return protector === null ? { kind: 'none' } : { kind: 'keyring', protector };
  }

  #accessOf({ protection }: IdentityInfo): OwnKeyState['access'] {
    if (this.#opened !== null || protection === 'none') return 'open';
    if (protection === 'passphrase') return 'locked';
    return this.#options.protector === null ? 'keyring-missing' : 'open';
  }
}
