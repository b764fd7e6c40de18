/** Turns the typed errors of the layers below into those of the contract, code by code. */
import type { SubmitRefusal } from '../core/effects.ts';
import { IdentityError, type IdentityErrorCode } from '../identity/errors.ts';
import { NetworkError, type NetworkErrorCode } from '../networks/errors.ts';
import { folderFault } from '../networks/folder-faults.ts';
import { toNetworkError } from '../networks/translate-errors.ts';
import { DecisionError, SubmitError } from '../node/facade.ts';
import type { Logger } from '../node/ports.ts';
import type { ContractError, ErrorCode } from './contract/errors.ts';
import { AppError, contractError, type ErrorParams } from './errors.ts';

const MAX_PARAM_CHARACTERS = 1024;

const OF_SUBMIT: Readonly<Record<SubmitRefusal, ErrorCode>> = {
  'lane-full': 'lane-full',
  'too-large': 'too-large',
  'duplicate-ident': 'internal',
  'not-a-member': 'not-a-member',
  invalid: 'invalid-data',
  halted: 'not-signing',
};

const OF_IDENTITY: Readonly<Record<IdentityErrorCode, ErrorCode>> = {
  missing: 'identity-missing',
  exists: 'internal',
  'passphrase-required': 'identity-locked',
  'wrong-passphrase': 'wrong-passphrase',
  'keyring-unavailable': 'keyring-unavailable',
  corrupt: 'identity-corrupt',
  permissions: 'identity-permissions',
  'unsupported-version': 'identity-corrupt',
  'disk-full': 'disk-full',
  io: 'internal',
};

/** Codes that are not named the same on both sides. */
const OF_NETWORK: Readonly<Partial<Record<NetworkErrorCode, ErrorCode>>> = {
  'invalid-options': 'invalid-request',
  'not-empty': 'folder-corrupt',
};

/** An unexpected error is logged whole and shown as `internal`: its text may hold anything. */
export function toContractError(error: unknown, logger: Logger, during: string): ContractError {
  const described = describeError(error);
  if (described.code === 'internal') {
    logger.log('error', 'unexpected error', {
      during,
      error: error instanceof Error ? error.stack : String(error),
    });
  }
  return described;
}

export function describeError(error: unknown): ContractError {
  if (error instanceof AppError) return contractError(error.code, bounded(error.params));
  if (error instanceof SubmitError) return contractError(OF_SUBMIT[error.code]);
  if (error instanceof DecisionError) return ofDecision(error);
  if (error instanceof IdentityError)
    return contractError(OF_IDENTITY[error.code], bounded({ path: error.path }));
  const known = toNetworkError(error);
  if (known instanceof NetworkError) return contractError(codeOfNetwork(known.code), bounded(known.params));
  const fault = folderFault(error);
  if (fault !== undefined) return contractError('folder-unusable', bounded({ path: fault.path }));
  return contractError('internal');
}

function ofDecision({ code, awaited }: DecisionError): ContractError {
  if (code === 'halted') return contractError('not-signing');
  return contractError('not-silent', { awaits: awaited ?? 'nothing' });
}

function codeOfNetwork(code: NetworkErrorCode): ErrorCode {
  return OF_NETWORK[code] ?? (code as Exclude<NetworkErrorCode, 'invalid-options' | 'not-empty'>);
}

function bounded(params: ErrorParams): ErrorParams {
  const entries = Object.entries(params).slice(0, 8);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === 'string' ? value.slice(0, MAX_PARAM_CHARACTERS) : value,
    ]),
  );
}
