import { computed, ref, watch } from 'vue';

/** A shorter span would only show chance. */
const SHORTEST_SPAN_MS = 500;

interface Sample {
  readonly count: number;
  readonly atMs: number;
}

/** How many per second a rising count has risen by since it began; null while that says nothing. */
export function useSpeed(count: () => number | null) {
  const first = ref<Sample | null>(null);
  const last = ref<Sample | null>(null);

  watch(
    count,
    (value) => {
      const sample = value === null ? null : { count: value, atMs: performance.now() };
      // It begins anew with another thing to count.
      if (sample === null || first.value === null || sample.count < first.value.count) first.value = sample;
      last.value = sample;
    },
    { immediate: true, flush: 'sync' },
  );

  return computed(() => {
    if (first.value === null || last.value === null) return null;
    const spanMs = last.value.atMs - first.value.atMs;
    const risen = last.value.count - first.value.count;
    return spanMs < SHORTEST_SPAN_MS || risen === 0 ? null : Math.round((risen * 1000) / spanMs);
  });
}
