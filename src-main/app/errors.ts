/** Errors of the app layer: a code of the contract with its parameters. */
import type { ContractError, ErrorCode } from './contract/errors.ts';

export type ErrorParams = ContractError['params'];

/** Something the person should read as a sentence; the window has one for each code. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams = {}) {
    super(`${code} ${JSON.stringify(params)}`);
    this.name = 'AppError';
    this.code = code;
    this.params = params;
  }
}

export function contractError(code: ErrorCode, params: ErrorParams = {}): ContractError {
  return { code, params };
}
