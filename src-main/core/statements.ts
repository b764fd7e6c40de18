/** What a member signs about a view: making it, checking it, and reading it as evidence. */
import type { CoreContext } from './context.ts';
import { areConflicting } from './evidence.ts';
import type { Propose, Skip, Vote } from './messages.ts';
import type { SealedHeader } from './sealed.ts';
import { hashSigningBytes, skipSigningBytes, verifyStatement } from './signing.ts';
import type { Certificate, Hash, Height, Member, SignedStatement, View } from './types.ts';

/** Signs this node's own statements of one height, and checks those of others. */
export class Statements {
  readonly #height: Height;
  readonly #context: CoreContext;

  constructor(height: Height, context: CoreContext) {
    this.#height = height;
    this.#context = context;
  }

  propose(
    view: View,
    sealed: SealedHeader,
    skipCertificate: Certificate | null,
    notarisation: Certificate | null,
  ): Propose {
    const signature = this.#signHash('propose', view, sealed.hash);
    return { height: this.#height, view, sealed, signature, skipCertificate, notarisation };
  }

  vote(type: 'vote' | 'commit', view: View, blockHash: Hash, index: number): Vote {
    return {
      type,
      height: this.#height,
      view,
      blockHash,
      index,
      signature: this.#signHash(type, view, blockHash),
    };
  }

  /** hn is the view of the highest N, or none: view 0 is a value, not an absence. */
  skip(view: View, notarisation: Certificate | null, index: number): Skip {
    const { chainId, signer } = this.#context;
    const hn = notarisation === null ? -1 : notarisation.view;
    const signature = signer.sign(skipSigningBytes(chainId, this.#height, view, hn));
    return { type: 'skip', height: this.#height, view, hn, index, signature, notarisation };
  }

  isSigned(statement: SignedStatement): boolean {
    return verifyStatement(this.#context.crypto, this.#context.chainId, statement);
  }

  #signHash(kind: 'propose' | 'vote' | 'commit', view: View, hash: Hash): Uint8Array {
    const { chainId, signer } = this.#context;
    return signer.sign(hashSigningBytes(kind, chainId, this.#height, view, hash));
  }
}

export function proposeStatement(
  { height, view, sealed, signature }: Propose,
  leader: Member,
): SignedStatement {
  return { kind: 'propose', signer: leader.publicKey, height, view, hash: sealed.hash, signature };
}

export function statementOf(message: Vote | Skip, { publicKey: signer }: Member): SignedStatement {
  const { height, view, signature } = message;
  return message.type === 'skip'
    ? { kind: 'skip', signer, height, view, hn: message.hn, signature }
    : { kind: message.type, signer, height, view, hash: message.blockHash, signature };
}

/** The first pair of one member's statements that no honest member makes (PROTOCOL section 4.9). */
export function contradictionOf(
  statements: readonly SignedStatement[],
): [SignedStatement, SignedStatement] | undefined {
  for (const [position, first] of statements.entries()) {
    const second = statements.slice(position + 1).find((other) => areConflicting(first, other));
    if (second !== undefined) return [first, second];
  }
  return undefined;
}
