/** The thread that checks signatures for verify-ahead.ts: jobs in, one byte per signature out. */
import { parentPort } from 'node:worker_threads';
import { sodiumCrypto } from './sodium-crypto.ts';
import { readChecks, type VerifyJob, type VerifyResult } from './verify-job.ts';

parentPort?.on('message', ({ id, packed }: VerifyJob) => {
  const valid = readChecks(packed).map(({ signature, message, publicKey }) => {
    return sodiumCrypto.verify(signature, message, publicKey) ? 1 : 0;
  });
  parentPort?.postMessage({ id, valid: Uint8Array.from(valid) } satisfies VerifyResult);
});
