/**
 * The one door from a window to the handlers: both hosts pass every request through it. Arguments are checked
 * with the contract's schemas before a handler sees them, and nothing but an envelope ever comes out.
 */
import { Compile, type Validator } from 'typebox/compile';
import type { Logger } from '../node/ports.ts';
import { REQUESTS, type RequestOf, type ResponseOf } from './contract/contract.ts';
import type { Outcome } from './contract/errors.ts';
import { REQUEST_NAMES, type RequestName } from './contract/names.ts';
import { contractError } from './errors.ts';
import { toContractError } from './translate-errors.ts';

export type Handlers = {
  readonly [Name in RequestName]: (request: RequestOf<Name>) => ResponseOf<Name> | Promise<ResponseOf<Name>>;
};

export type Dispatch = (name: string, request: unknown) => Promise<Outcome<unknown>>;

export function createDispatch(handlers: Handlers, logger: Logger): Dispatch {
  const validators = new Map<string, Validator>(
    REQUEST_NAMES.map((name) => [name, Compile(REQUESTS[name].request)]),
  );
  return async (name, request) => {
    const validator = validators.get(name);
    if (validator === undefined || !isRequestName(name)) return refused(name, '');
    if (!validator.Check(request)) return refused(name, validator.Errors(request)[0]?.instancePath ?? '');
    try {
      // The schema of this very name has just accepted the request.
      const handler = handlers[name] as (request: unknown) => unknown;
      return { ok: true, value: await handler(request) };
    } catch (error) {
      return { ok: false, error: toContractError(error, logger, name) };
    }
  };
}

export function isRequestName(name: string): name is RequestName {
  return (REQUEST_NAMES as readonly string[]).includes(name);
}

function refused(name: string, path: string): Outcome<never> {
  return {
    ok: false,
    error: contractError('invalid-request', { request: name.slice(0, 64), path: path.slice(0, 256) }),
  };
}
