import { expect, it } from 'vitest';
import { runCampaign } from './sound.ts';

it('70 seeds of 7 nodes in calm, lossy and hostile weather keep every invariant', async () => {
  const sums = await runCampaign(7, 3000, { calm: 10, lossy: 20, hostile: 30, forgetful: 10 });
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
