import { expect, it } from 'vitest';
import { runCampaign } from './sound.ts';

it('80 seeds of 5 nodes in calm, lossy and hostile weather keep every invariant', async () => {
  const sums = await runCampaign(5, 2000, { calm: 12, lossy: 24, hostile: 44 });
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
