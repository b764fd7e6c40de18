import type { ProofFault, ProofVerdict } from '../core/proof.ts';
import type { ProofCheck, Verdict } from './contract/records.ts';

/** The checks in the order in which they are made, and the faults that each can find. */
const CHECKS: readonly { readonly name: ProofCheck['name']; readonly fault: ProofFault }[] = [
  { name: 'format', fault: 'malformed' },
  { name: 'network', fault: 'wrong-chain' },
  { name: 'file', fault: 'wrong-file' },
  { name: 'record', fault: 'not-in-bundle' },
  { name: 'lane', fault: 'broken-lane' },
  { name: 'committee', fault: 'wrong-committee' },
  { name: 'certificate', fault: 'bad-certificate' },
];

/** The first check that fails decides; those after it were not made. */
export function verdictView(verdict: ProofVerdict): Verdict {
  const failed = verdict.valid ? CHECKS.length : CHECKS.findIndex(({ fault }) => fault === verdict.reason);
  return {
    valid: verdict.valid,
    checks: CHECKS.map(({ name, fault }, index) => ({
      name,
      outcome: index < failed ? 'passed' : index === failed ? 'failed' : 'open',
      reason: index === failed ? fault : null,
    })),
    claim: verdict.claim,
  };
}
