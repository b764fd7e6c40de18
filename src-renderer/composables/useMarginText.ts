import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { useNodeStore } from '../stores/node.ts';
import { useFormat } from './useFormat.ts';

const MAX_NAMED = 3;

/** The safety margin in words: how many more may disappear, or what is missing. */
export function useMarginText() {
  const { t } = useI18n();
  const { list } = useFormat();
  const node = useNodeStore();

  const absentNames = computed(() =>
    node.members.filter((member) => member.stake > 0 && !member.connected).map((member) => member.name),
  );

  const missing = computed(() => {
    const names = absentNames.value;
    return names.length <= MAX_NAMED
      ? list(names)
      : t('margin.manyMissing', { n: names.length }, names.length);
  });

  const headline = computed(() => {
    const margin = node.margin;
    if (!margin || margin.state === 'none') return t('margin.none');
    if (margin.state === 'waits')
      return t('margin.waits', { missing: missing.value }, absentNames.value.length);
    if (margin.totalMembers === 1) return t('margin.alone');
    if (margin.membersToSpare > 0)
      return t('margin.spare', { n: margin.membersToSpare }, margin.membersToSpare);
    return t(margin.membersToSpareWhenComplete === 0 ? 'margin.everybody' : 'margin.edge');
  });

  const detail = computed(() => {
    const margin = node.margin;
    if (!margin) return '';
    if (margin.state === 'waits') {
      const absent = absentNames.value.length;
      if (margin.missingMembers >= absent) return t('margin.neededAll', absent);
      return t('margin.needed', { n: margin.missingMembers }, margin.missingMembers);
    }
    if (node.peers.length === 0) return t('margin.noPeers');
    const agreeing = node.agreeing.length;
    return t('margin.agrees', { agreeing, total: node.peers.length }, node.peers.length);
  });

  return { headline, detail, missing, absentNames };
}
