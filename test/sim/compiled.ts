/**
 * The environment of processes that run the simulator: Node keeps what it compiled of each source, by its content, so
 * that a short one does not spend more on that than on its run.
 */
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../.cache/node', import.meta.url));

export const KEEPS_COMPILED: NodeJS.ProcessEnv = { ...process.env, NODE_COMPILE_CACHE: FOLDER };
