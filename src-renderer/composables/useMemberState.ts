import { useI18n } from 'vue-i18n';
import type { ContractError } from '../../src-main/app/contract/errors.ts';
import type { Member, OwnerDecision } from '../../src-main/app/contract/node.ts';
import { useFormat } from './useFormat.ts';

/** Why a member that is here signs nothing, and what its owner decides about. */
const SILENCES = {
  amnesia: 'amnesia',
  'amnesia-ending': 'amnesia',
  'clone-detected': 'clone',
  'node-halted': null,
} as const;

function isSilence(code: string): code is keyof typeof SILENCES {
  return Object.hasOwn(SILENCES, code);
}

/** What its owner may decide about it; null: nothing. */
export function decisionAbout({ code }: ContractError): OwnerDecision | null {
  return isSilence(code) ? SILENCES[code] : null;
}

export interface MemberState {
  readonly mark: 'final' | 'waiting' | 'missing' | 'wrong';
  readonly text: string;
}

/** Up to date or behind, silent or stopped: one mark and a few words per member. */
export function useMemberState() {
  const { t } = useI18n();
  const { number } = useFormat();

  function memberState(member: Member): MemberState {
    const process = member.process?.state;
    if (process === 'failed') return { mark: 'wrong', text: t('memberStates.failed') };
    if (process === 'stopped' || process === 'killed')
      return { mark: 'missing', text: t(`memberStates.${process}`) };
    if (process === 'starting' || process === 'stopping')
      return { mark: 'waiting', text: t(`memberStates.${process}`) };
    if (!member.connected) return { mark: 'missing', text: t('memberStates.silent') };
    if (member.silence) return silent(member.silence);
    if (member.behindBy === null) return { mark: 'waiting', text: t('memberStates.unknown') };
    if (member.behindBy === 0) return { mark: 'final', text: t('memberStates.level') };
    return { mark: 'waiting', text: t('memberStates.behind', { n: member.behindBy }, member.behindBy) };
  }

  function silent({ code, params }: ContractError): MemberState {
    const known = isSilence(code) ? code : 'node-halted';
    const isOver = known === 'node-halted' || known === 'clone-detected';
    const height = number(Number(params['height'] ?? 0));
    return { mark: isOver ? 'wrong' : 'waiting', text: t(`memberStates.${known}`, { height }) };
  }

  return { memberState };
}
