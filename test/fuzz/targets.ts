/** All entry points for strangers' bytes. */
import { apiTarget } from './targets/api.ts';
import { commandLineTargets } from './targets/command-line.ts';
import { contractTarget } from './targets/contract.ts';
import { coreTargets } from './targets/core.ts';
import { databaseTarget } from './targets/database.ts';
import { fileTargets } from './targets/files.ts';
import { memoryTarget } from './targets/memory.ts';
import { networkTargets } from './targets/network.ts';
import { partTargets } from './targets/parts.ts';
import { proofTarget } from './targets/proof.ts';
import { rawHttpTargets } from './targets/raw-http.ts';
import { sharedTargets } from './targets/shared.ts';
import type { Target } from './target.ts';

export const TARGETS: readonly Target[] = [
  ...partTargets,
  ...coreTargets,
  memoryTarget,
  ...networkTargets,
  ...fileTargets,
  proofTarget,
  databaseTarget,
  apiTarget,
  contractTarget,
  ...commandLineTargets,
  ...rawHttpTargets,
  ...sharedTargets,
];
