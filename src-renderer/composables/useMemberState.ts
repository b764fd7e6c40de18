import { useI18n } from 'vue-i18n';
import type { Member } from '../../src-main/app/contract/node.ts';

export interface MemberState {
  readonly mark: 'final' | 'waiting' | 'missing' | 'wrong';
  readonly text: string;
}

/** Up to date or behind, silent or stopped: one mark and a few words per member. */
export function useMemberState() {
  const { t } = useI18n();

  function memberState(member: Member): MemberState {
    const process = member.process?.state;
    if (process === 'failed') return { mark: 'wrong', text: t('memberStates.failed') };
    if (process === 'stopped' || process === 'killed')
      return { mark: 'missing', text: t(`memberStates.${process}`) };
    if (process === 'starting' || process === 'stopping')
      return { mark: 'waiting', text: t(`memberStates.${process}`) };
    if (!member.connected) return { mark: 'missing', text: t('memberStates.silent') };
    if (member.behindBy === null) return { mark: 'waiting', text: t('memberStates.unknown') };
    if (member.behindBy === 0) return { mark: 'final', text: t('memberStates.level') };
    return { mark: 'waiting', text: t('memberStates.behind', { n: member.behindBy }, member.behindBy) };
  }

  return { memberState };
}
