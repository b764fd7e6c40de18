import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { ContractError } from '../../../src-main/app/contract/errors.ts';
import { AppError } from '../../../src-main/app/errors.ts';
import { describeError } from '../../../src-main/app/translate-errors.ts';
import { NetworkError } from '../../../src-main/networks/errors.ts';
import { DecisionError, SubmitError } from '../../../src-main/node/facade.ts';

describe('errors from below', () => {
  it.each([
    [new AppError('busy', { task: 'addNode' }), 'busy'],
    [new SubmitError('lane-full', 'full'), 'lane-full'],
    [new SubmitError('invalid', 'bad'), 'invalid-data'],
    [new SubmitError('halted', 'halted'), 'not-signing'],
    [new DecisionError('not-silent', 'no', 'clone'), 'not-silent'],
    [new DecisionError('halted', 'halted'), 'not-signing'],
    [new NetworkError('port-in-use', 'taken', { port: 17470 }), 'port-in-use'],
    [new NetworkError('invalid-options', 'what'), 'invalid-request'],
    [new NetworkError('node-ended', 'ended', { name: 'x', log: 'y'.repeat(5000) }), 'node-ended'],
    [Object.assign(new Error('what'), { code: 'ENOTDIR', path: '/file/networks' }), 'folder-unusable'],
    [Object.assign(new Error('what'), { code: 'EACCES', path: '/root' }), 'permission-denied'],
    [Object.assign(new Error('what'), { code: 'ENOTDIR' }), 'internal'],
    [new Error('anything'), 'internal'],
    ['not even an error', 'internal'],
  ])('become errors of the contract: %s', (error, code) => {
    const described = describeError(error);
    expect(described.code).toBe(code);
    expect(Value.Errors(ContractError, described)).toEqual([]);
  });
});
