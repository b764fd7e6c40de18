/** Why no network is found nearby, from what was and was not heard. */
import type { InterfaceKind } from '../interfaces.ts';

/**
 * no-interface: this machine is in no network. refused: the system lets no program listen for announcements. firewall:
 * not even what this machine sent itself came back. isolation: this machine hears itself and nothing else at all,
 * which is so where nobody else is, and where the access point keeps its guests apart. nobody: others are heard, and
 * none of them announces a network.
 */
export type DiagnosisCode = 'no-interface' | 'refused' | 'firewall' | 'isolation' | 'nobody';

export interface LinkEvidence {
  readonly name: string;
  readonly kind: InterfaceKind;
  readonly hosts: readonly string[];
  readonly heardSelf: boolean;
  readonly heardOthers: boolean;
  readonly isRefused: boolean;
}

export interface Evidence {
  readonly hasInterface: boolean;
  readonly links: readonly LinkEvidence[];
}

export interface Diagnosis extends Evidence {
  readonly code: DiagnosisCode;
}

export function diagnose(evidence: Evidence): Diagnosis {
  return { ...evidence, code: codeOf(evidence) };
}

function codeOf({ hasInterface, links }: Evidence): DiagnosisCode {
  if (!hasInterface || links.length === 0) return 'no-interface';
  if (links.some(({ heardOthers }) => heardOthers)) return 'nobody';
  if (links.every(({ isRefused }) => isRefused)) return 'refused';
  return links.some(({ heardSelf }) => heardSelf) ? 'isolation' : 'firewall';
}
