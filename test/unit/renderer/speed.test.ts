import { beforeEach, afterEach, expect, it, vi } from 'vitest';
import { ref } from 'vue';
import { useSpeed } from '../../../src-renderer/composables/useSpeed.ts';

let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
});
afterEach(() => void vi.restoreAllMocks());

it('is what was gained per second since it began, and nothing before there is something to say', () => {
  const count = ref<number | null>(null);
  const speed = useSpeed(() => count.value);
  expect(speed.value).toBeNull();
  count.value = 100;
  nowMs = 200;
  count.value = 900;
  expect(speed.value).toBeNull();
  nowMs = 2000;
  count.value = 4100;
  expect(speed.value).toBe(2000);
});

it('begins anew with another count', () => {
  const count = ref<number | null>(5000);
  const speed = useSpeed(() => count.value);
  nowMs = 1000;
  count.value = 10;
  nowMs = 2000;
  count.value = 310;
  expect(speed.value).toBe(300);
  count.value = null;
  expect(speed.value).toBeNull();
});
