/**
 * A node process that lies: the real node with its real stack, and beneath it a transport that signs, with the same
 * key, something else beside every statement of the kind that LIE names, and sends both to everybody. Only tests start
 * it.
 */
import { serveNode } from '../../../src-main/api/server.ts';
import { fromText } from '../../../src-main/core/bytes.ts';
import {
  decodeBundle,
  encodeUnsignedBundle,
  sealBundle,
  sealHeader,
} from '../../../src-main/core/encoding.ts';
import { decodeMessage, encodeMessage } from '../../../src-main/core/message-encoding.ts';
import type { Message } from '../../../src-main/core/messages.ts';
import { bundleSigningBytes, hashSigningBytes } from '../../../src-main/core/signing.ts';
import type { Hash } from '../../../src-main/core/types.ts';
import { loadIdentity, type Identity } from '../../../src-main/identity/identity-file.ts';
import { sodiumCrypto as crypto } from '../../../src-main/identity/sodium-crypto.ts';
import { SessionTransport } from '../../../src-main/network/session-transport.ts';
import { runNodeProcess } from '../../../src-main/networks/child-process.ts';
import { identityFolder } from '../../../src-main/networks/folders.ts';
import { readToNode } from '../../../src-main/networks/node-messages.ts';

export type Lie = 'vote' | 'commit' | 'propose' | 'bundle';
const lie = process.env['LIE'] as Lie;
let liar: { readonly signer: Identity['signer']; readonly chainId: Hash } | undefined;

/** The same again about something else; undefined for what this one is honest about. */
function contradictionOf(message: Message): Message | undefined {
  const { signer, chainId } = liar!;
  if (message.type !== lie) return undefined;
  switch (message.type) {
    case 'vote':
    case 'commit': {
      const { type, height, view } = message;
      const blockHash = crypto.hash(message.blockHash);
      const signature = signer.sign(hashSigningBytes(type, chainId, height, view, blockHash));
      return { ...message, blockHash, signature };
    }
    case 'propose': {
      const { height, view, sealed } = message.propose;
      const other = sealHeader({ ...sealed.header, stateHash: crypto.hash(sealed.hash) }, crypto);
      const signature = signer.sign(hashSigningBytes('propose', chainId, height, view, other.hash));
      return { type: 'propose', propose: { ...message.propose, sealed: other, signature } };
    }
    case 'bundle': {
      const { bundle } = decodeBundle(message.bytes, crypto);
      const transactions = bundle.transactions.map((one) => ({
        ...one,
        ident: `not-${one.ident}`.slice(0, 32),
      }));
      const unsigned = { origin: bundle.origin, seq: bundle.seq, prev: bundle.prev, transactions };
      const fields = encodeUnsignedBundle(unsigned);
      const { bytes } = sealBundle(
        unsigned,
        fields,
        signer.sign(bundleSigningBytes(chainId, fields)),
        crypto,
      );
      return { type: 'bundle', bytes };
    }
    default:
      return undefined;
  }
}

const { send } = SessionTransport.prototype;
SessionTransport.prototype.send = function (this: SessionTransport, to: string, payload: Uint8Array): void {
  const other = contradictionOf(decodeMessage(payload, crypto));
  send.call(this, to, payload);
  if (other !== undefined) send.call(this, to, encodeMessage(other));
};

runNodeProcess(
  {
    send: (message) => void process.send?.(message),
    onMessage: (listener) => {
      process.on('message', (received: unknown) => {
        const message = readToNode(received);
        if (message?.type !== 'start') return listener(received);
        void loadIdentity(identityFolder(message.dataDir)).then(({ signer }) => {
          liar = { signer, chainId: fromText(message.networkId)! };
          listener(received);
        });
      });
    },
    onClosed: (listener) => void process.on('disconnect', listener),
  },
  serveNode,
);
