import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { Member } from '../../src-main/app/contract/node.ts';
import type { ArcState, RingMember } from '../components/pictures/ring.ts';
import { useNodeStore } from '../stores/node.ts';

/** The members that are here now, as the ring of the safety margin. */
export function useAgreementRing() {
  const { t } = useI18n();
  const node = useNodeStore();

  const members = computed<readonly RingMember[]>(() =>
    node.members.map((member) => ({ id: member.publicKey, stake: member.stake, state: arcOf(member) })),
  );
  const label = computed(() => {
    const margin = node.margin;
    if (!margin) return '';
    const counts = { n: margin.connectedMembers, total: margin.totalMembers, count: margin.totalMembers };
    return t(margin.state === 'holds' ? 'ring.holds' : 'ring.waits', counts);
  });

  function arcOf(member: Member): ArcState {
    if (member.connected) return member.silence === null ? 'signed' : 'waiting';
    return member.process?.state === 'starting' ? 'waiting' : 'missing';
  }

  return { members, label };
}
