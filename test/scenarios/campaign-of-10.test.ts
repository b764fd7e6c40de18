import { expect, it } from 'vitest';
import { runCampaign } from './sound.ts';

it('40 seeds of 10 nodes in calm, lossy and hostile weather keep every invariant', async () => {
  const sums = await runCampaign(10, 4000, { calm: 6, lossy: 12, hostile: 22 });
  // A campaign that never came to these has tested nothing.
  const covered = [
    'crashes',
    'skips',
    'S carried an N',
    're-proposals committed',
    'sent syncResponse',
    'sent pull',
  ];
  for (const name of covered) expect(sums.get(name), name).toBeGreaterThan(0);
});
