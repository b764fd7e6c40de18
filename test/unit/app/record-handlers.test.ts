import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src-main/app/errors.ts';
import { Records } from '../../../src-main/app/record-handlers.ts';
import { toText } from '../../../src-main/core/bytes.ts';
import { sealNamespace } from '../../../src-main/core/proof.ts';
import type { Command } from '../../../src-main/core/types.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import type { NodeFacade } from '../../../src-main/node/facade.ts';

const SELF = toText(new Uint8Array(32).fill(1));
const FILE = new Uint8Array(32).fill(7);
const request = { fileHash: toText(FILE), note: '' };

/** A node of which only the seal of the file is known: at this height, or waiting. */
function records({ height, waits = false }: { height?: number; waits?: boolean }) {
  const submitted: Command[] = [];
  const seal = { kind: 'data', ns: sealNamespace(FILE), d: '' };
  const node = {
    publicKey: SELF,
    reader: {
      value: (_: string, at = 9) => (height !== undefined && at >= height ? { height } : undefined),
    },
    waiting: () => (waits ? [{ ident: 'w', commands: [seal], bundled: true }] : []),
    submit: (commands: readonly Command[]) => Promise.resolve(void submitted.push(...commands)),
  } as unknown as NodeFacade;
  return {
    submitted,
    handlers: new Records({ crypto: sodiumCrypto, node: () => node, publish: () => undefined }).handlers,
  };
}

async function refusalOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error instanceof AppError ? { code: error.code, params: error.params } : error;
  }
  return 'accepted';
}

describe('sealing a file', () => {
  it('is done once', async () => {
    const { handlers, submitted } = records({});
    expect(await refusalOf(() => handlers.sealFile(request))).toBe('accepted');
    expect(submitted).toEqual([{ kind: 'data', ns: sealNamespace(FILE), d: '' }]);
  });

  it('is refused while the same file waits for its block', async () => {
    const { handlers, submitted } = records({ waits: true });
    expect(await refusalOf(() => handlers.sealFile(request))).toMatchObject({ code: 'seal-waits' });
    expect(submitted).toEqual([]);
  });

  it('is refused when a block holds it, and says which one', async () => {
    const { handlers, submitted } = records({ height: 5 });
    expect(await refusalOf(() => handlers.sealFile(request))).toMatchObject({
      code: 'already-sealed',
      params: { height: 5 },
    });
    expect(submitted).toEqual([]);
  });
});
