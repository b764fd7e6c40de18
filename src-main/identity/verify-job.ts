/** Many signature checks in one piece of memory, as they go to another thread. */
import type { SignatureCheck } from '../core/answer-checks.ts';

export interface VerifyJob {
  readonly id: number;
  readonly packed: Uint8Array;
}

export interface VerifyResult {
  readonly id: number;
  /** One per check, in their order: 1 for a valid one. */
  readonly valid: Uint8Array;
}

const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;
/** Of the length of the message, little endian. */
const LENGTH_BYTES = 4;
const FRAME_BYTES = LENGTH_BYTES + SIGNATURE_BYTES + KEY_BYTES;

/** Those with a signature or key of a wrong length are left out: they are no signatures. */
export function packChecks(checks: readonly SignatureCheck[]): Uint8Array {
  const whole = checks.filter(({ signature, publicKey }) => {
    return signature.length === SIGNATURE_BYTES && publicKey.length === KEY_BYTES;
  });
  const packed = new Uint8Array(whole.reduce((sum, { message }) => sum + FRAME_BYTES + message.length, 0));
  const view = new DataView(packed.buffer);
  let offset = 0;
  for (const { signature, message, publicKey } of whole) {
    view.setUint32(offset, message.length, true);
    packed.set(signature, offset + LENGTH_BYTES);
    packed.set(publicKey, offset + LENGTH_BYTES + SIGNATURE_BYTES);
    packed.set(message, offset + FRAME_BYTES);
    offset += FRAME_BYTES + message.length;
  }
  return packed;
}

/** Views of the same memory. */
export function readChecks(packed: Uint8Array): SignatureCheck[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const checks: SignatureCheck[] = [];
  for (let offset = 0; offset < packed.length;) {
    const signatureAt = offset + LENGTH_BYTES;
    const messageAt = offset + FRAME_BYTES;
    const end = messageAt + view.getUint32(offset, true);
    checks.push({
      signature: packed.subarray(signatureAt, signatureAt + SIGNATURE_BYTES),
      publicKey: packed.subarray(signatureAt + SIGNATURE_BYTES, messageAt),
      message: packed.subarray(messageAt, end),
    });
    offset = end;
  }
  return checks;
}
