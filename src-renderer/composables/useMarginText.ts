import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { useNetworksStore } from '../stores/networks.ts';
import { useNodeStore } from '../stores/node.ts';
import { useFormat } from './useFormat.ts';

const MAX_NAMED = 3;

/** The safety margin in words: how many more may disappear, or what is missing. */
export function useMarginText() {
  const { t } = useI18n();
  const { list } = useFormat();
  const node = useNodeStore();
  const networks = useNetworksStore();

  const absentNames = computed(() =>
    node.members.filter((member) => member.stake > 0 && !member.connected).map((member) => member.name),
  );

  /** Here, and of no help: the own node as well. */
  const silentNames = computed(() =>
    node.members.filter((member) => member.stake > 0 && member.silence !== null).map((member) => member.name),
  );

  const missing = computed(() => named(absentNames.value));
  const silent = computed(() => named(silentNames.value));

  function named(names: readonly string[]): string {
    return names.length <= MAX_NAMED
      ? list(names)
      : t('margin.manyMissing', { n: names.length }, names.length);
  }

  const headline = computed(() => {
    const margin = node.margin;
    if (!margin || margin.state === 'none') return t('margin.none');
    if (margin.state === 'waits') return whoIsNeeded();
    if (margin.totalMembers === 1) return t('margin.alone');
    if (margin.membersToSpare > 0)
      return t('margin.spare', { n: margin.membersToSpare }, margin.membersToSpare);
    const helping = node.members.filter((each) => each.stake > 0 && each.connected && each.silence === null);
    const needed = helping.filter(({ stake }) => stake > margin.stakeToSpare);
    // With unequal stakes the network may stand without some, and not without others.
    if (needed.length < helping.length)
      return t('margin.some', { needed: named(needed.map(({ name }) => name)) }, needed.length);
    return t(margin.membersToSpareWhenComplete === 0 ? 'margin.everybody' : 'margin.edge');
  });

  const detail = computed(() => {
    const margin = node.margin;
    if (!margin) return '';
    if (margin.state === 'waits') {
      if (silentNames.value.length > 0) return t('margin.neededSilent');
      const absent = absentNames.value.length;
      if (margin.missingMembers >= absent) return t('margin.neededAll', absent);
      return t('margin.needed', { n: margin.missingMembers }, margin.missingMembers);
    }
    if (node.peers.length === 0) return t(networks.isShared ? 'margin.nobody' : 'margin.noPeers');
    const agreeing = node.agreeing.length;
    return t('margin.agrees', { agreeing, total: node.peers.length }, node.peers.length);
  });

  function whoIsNeeded(): string {
    const names = { missing: missing.value, silent: silent.value };
    if (silentNames.value.length === 0) return t('margin.waits', names, absentNames.value.length);
    if (absentNames.value.length === 0) return t('margin.waitsSilent', names, silentNames.value.length);
    return t('margin.waitsBoth', names);
  }

  return { headline, detail, missing, absentNames, silentNames };
}
