/**
 * What a person at the terminal is told about a key that does not open: what happened, what was kept, what to do.
 * `opening` says how a passphrase is given there.
 */
export type ClosedKeyCode = 'identity-locked' | 'wrong-passphrase' | 'keyring-unavailable';

const KEPT = 'Nothing was changed; verify-chain reads the chain without the key.';

export function isClosedKey(code: string): code is ClosedKeyCode {
  return code === 'identity-locked' || code === 'wrong-passphrase' || code === 'keyring-unavailable';
}

export function keySentences(code: ClosedKeyCode, opening: string): string {
  switch (code) {
    case 'identity-locked':
      return `The key of this folder is encrypted with a passphrase. ${KEPT} ${opening}`;
    case 'wrong-passphrase':
      return `The passphrase does not open the key of this folder. ${KEPT} ${opening}`;
    case 'keyring-unavailable':
      return (
        'The key of this folder is encrypted by the keyring of the desktop, which only the app in its own window ' +
        `can ask. ${KEPT} Start the app in its own window, and set a passphrase there in the settings: then the ` +
        'key opens here as well.'
      );
  }
}
