import { useI18n } from 'vue-i18n';
import type { ContractError, ErrorCode } from '../../src-main/app/contract/errors.ts';
import { useAppStore } from '../stores/app.ts';
import { useFormat } from './useFormat.ts';

/** What is left after each failure: the second of the three sentences (what happened, what was kept, what to do). */
const KEPT = {
  'invalid-request': 'unchanged',
  'not-available': 'unchanged',
  unauthorized: 'running',
  'host-unreachable': 'safe',
  'too-many-requests': 'unchanged',
  'not-found': 'unchanged',
  busy: 'unchanged',
  'no-network': 'safe',
  'network-open': 'unchanged',
  'folder-locked': 'untouched',
  'port-in-use': 'untouched',
  'permission-denied': 'untouched',
  'disk-full': 'committed',
  'database-missing': 'untouched',
  'database-corrupt': 'untouched',
  'database-newer': 'untouched',
  'database-older': 'untouched',
  'database-read-only': 'untouched',
  'folder-corrupt': 'untouched',
  'folder-unusable': 'untouched',
  'identity-missing': 'untouched',
  'identity-locked': 'untouched',
  'wrong-passphrase': 'untouched',
  'keyring-unavailable': 'untouched',
  'identity-corrupt': 'untouched',
  'identity-permissions': 'untouched',
  'not-lockable': 'unchanged',
  'invalid-path': 'unchanged',
  'backup-unknown': 'unchanged',
  'backup-newer': 'unchanged',
  'backup-passphrase': 'unchanged',
  'backup-truncated': 'unchanged',
  'backup-damaged': 'unchanged',
  'backup-missing': 'unchanged',
  'backup-unreadable': 'unchanged',
  'backup-exists': 'unchanged',
  'no-space': 'unchanged',
  'folder-in-use': 'unchanged',
  'node-ended': 'safe',
  timeout: 'safe',
  cancelled: 'unchanged',
  'node-halted': 'committed',
  amnesia: 'committed',
  'amnesia-ending': 'committed',
  'clone-detected': 'committed',
  'own-node': 'unchanged',
  'not-running': 'unchanged',
  'too-many-nodes': 'unchanged',
  'lane-full': 'earlier',
  'too-large': 'unchanged',
  'invalid-data': 'unchanged',
  'already-sealed': 'earlier',
  'seal-waits': 'waits',
  'no-stake': 'unchanged',
  'other-kind': 'unchanged',
  'too-many-invitations': 'unchanged',
  'invitation-malformed': 'unchanged',
  'invitation-forged': 'unchanged',
  'invitation-version': 'unchanged',
  'invitation-used': 'unchanged',
  'chain-unchecked': 'unchanged',
  'invitation-expired': 'unchanged',
  'invitation-revoked': 'unchanged',
  'invitation-other-network': 'safe',
  'peers-unreachable': 'unchanged',
  'peers-elsewhere': 'unchanged',
  'join-refused': 'unchanged',
  'last-member': 'unchanged',
  'not-a-member': 'unchanged',
  'not-committed': 'waits',
  'not-silent': 'unchanged',
  'not-signing': 'committed',
  internal: 'safe',
} as const satisfies Record<ErrorCode, string>;

/** A sentence stays a sentence when the host does not know a detail. */
const UNKNOWN = Object.fromEntries(
  [
    ...['path', 'pid', 'port', 'address', 'found', 'supported', 'name', 'stage', 'task', 'maximum', 'height'],
    ...['sizeBytes', 'maximumBytes', 'missingBytes'],
  ].map((name) => [name, '–']),
);

export interface ErrorText {
  readonly what: string;
  readonly kept: string;
  readonly todo: string;
}

/** Typed errors as three sentences in the chosen language. */
export function useErrorText() {
  const { t, te } = useI18n();
  const { bytes } = useFormat();
  const app = useAppStore();

  function errorText(error: ContractError): ErrorText {
    const params = readable(error.params);
    const code = te(`errors.${error.code}.what`, 'en') ? error.code : 'internal';
    return {
      what: t(`errors.${code}.what`, params),
      kept: t(`kept.${KEPT[code]}`),
      todo: t(`errors.${code}.todo`, params),
    };
  }

  function readable(params: ContractError['params']): Record<string, string | number> {
    const entries = Object.entries(params).map(([name, value]) => {
      if (name.endsWith('Bytes') && typeof value === 'number') return [name, bytes(value)];
      if (name === 'stage' && te(`stages.${value}`, 'en')) return [name, t(`stages.${value}`)];
      if (name === 'task' && te(`tasks.${value}`, 'en')) return [name, t(`tasks.${value}`)];
      return [name, value];
    });
    const log = app.info?.logDir ?? '–';
    return { ...UNKNOWN, log, ...Object.fromEntries(entries) };
  }

  return { errorText };
}
