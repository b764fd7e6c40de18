import { safeStorage } from 'electron';
import type { KeyProtector } from '../identity/key-protector.ts';

/**
 * The system's keyring; null where there is none. Linux's `basic_text` encrypts with a password that everybody
 * knows: it is none, and the window says plainly that the key is unprotected.
 */
export function systemKeyring(): KeyProtector | null {
  if (!safeStorage.isEncryptionAvailable()) return null;
  const name = keyringName();
  if (name === 'basic_text' || name === 'unknown') return null;
  return {
    name,
    protect: (secret) => safeStorage.encryptString(Buffer.from(secret).toString('base64')),
    unprotect: (box) => Buffer.from(safeStorage.decryptString(Buffer.from(box)), 'base64'),
  };
}

function keyringName(): string {
  if (process.platform === 'darwin') return 'keychain';
  return process.platform === 'win32' ? 'dpapi' : safeStorage.getSelectedStorageBackend();
}
