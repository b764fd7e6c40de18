// npm run build: builds dist/ whether or not the sources changed.
import { prepare, runBuild, runMain } from './prepare.js';

await runMain(async () => {
  await prepare();
  await runBuild();
  return 0;
});
