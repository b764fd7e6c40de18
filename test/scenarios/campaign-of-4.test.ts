import { expect, it } from 'vitest';
import { runCampaign } from './sound.ts';

it('140 seeds of 4 nodes in calm, lossy and hostile weather keep every invariant', async () => {
  const sums = await runCampaign(4, 1000, { calm: 20, lossy: 40, hostile: 60, forgetful: 20 });
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
