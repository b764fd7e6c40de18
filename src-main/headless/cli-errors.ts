import { NetworkError } from '../networks/errors.ts';
import type { NetworkErrorCode } from '../networks/errors.ts';
import { folderFault } from '../networks/folder-faults.ts';
import { toNetworkError } from '../networks/translate-errors.ts';
import { isClosedKey, keySentences } from './key-sentences.ts';

/** What a command ends with; scripts rely on these numbers (docs/api.md). */
export const EXIT = {
  ok: 0,
  /** A check failed: a proof, a chain, a backup, an invitation or a ticket is not valid, or nothing was found. */
  invalid: 1,
  usage: 2,
  /** The node does not run or cannot be reached. */
  unreachable: 3,
  /** Accepted, but not in a block within the time. */
  pending: 4,
  /** The node, or another one's owner, refused: not well-formed, lane full, no member, a used invitation. */
  refused: 5,
  /** The folder cannot be used: locked, damaged, newer, read-only, or a port is taken. */
  folder: 6,
  /** Unexpected. */
  internal: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure that one sentence explains. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
  constructor(
    exitCode: ExitCode,
    code: string,
    message: string,
    params: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.code = code;
    this.params = params;
  }
}

export function usageError(message: string): CliError {
  return new CliError(EXIT.usage, 'usage', message);
}

const OF_NETWORK: Readonly<Partial<Record<NetworkErrorCode, ExitCode>>> = {
  'invalid-options': EXIT.usage,
  'not-found': EXIT.usage,
  'not-running': EXIT.unreachable,
  'backup-unknown': EXIT.invalid,
  'backup-truncated': EXIT.invalid,
  'backup-damaged': EXIT.invalid,
  'invitation-malformed': EXIT.invalid,
  'invitation-forged': EXIT.invalid,
  'invitation-other-network': EXIT.invalid,
  'invitation-used': EXIT.refused,
  'chain-unchecked': EXIT.refused,
  'invitation-expired': EXIT.refused,
  'invitation-revoked': EXIT.refused,
  'join-refused': EXIT.refused,
  'peers-unreachable': EXIT.unreachable,
  'peers-elsewhere': EXIT.unreachable,
  timeout: EXIT.pending,
  cancelled: EXIT.ok,
  internal: EXIT.internal,
};

export function toCliError(cause: unknown): CliError {
  if (cause instanceof CliError) return cause;
  const error = toNetworkError(cause);
  if (error instanceof NetworkError) {
    const { code, message, params } = error;
    const text = isClosedKey(code) ? keySentences(code, 'Give it with --passphrase-file FILE.') : message;
    const todo = code === 'folder-locked' ? '; end that first, or use another --data-dir' : '';
    return new CliError(OF_NETWORK[code] ?? EXIT.folder, code, text + todo, params);
  }
  const fault = folderFault(error);
  if (fault !== undefined) return new CliError(EXIT.folder, fault.code, fault.message, { path: fault.path });
  return new CliError(
    EXIT.internal,
    'internal',
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
}
