import { defineConfig } from 'vite';

// Everything is bundled except Electron itself and the packages with native code: those stay packages, so that
// one copy of each is packed and the bundled noise-handshake and our own code share one sodium.
const EXTERNAL = ['electron', 'better-sqlite3', 'sodium-native'];

const ENTRIES = {
  main: 'src-main/electron/main.ts',
  headless: 'src-main/headless/host.ts',
  'browser-host': 'src-main/headless/browser-host.ts',
  cli: 'src-main/headless/cli.ts',
  'diva-node': 'src-main/headless/diva-node.ts',
  'node-process': 'src-main/headless/node-process.ts',
  // Beside the module that starts it, which several of the programs above share, as in the sources.
  'chunks/verify-worker': 'src-main/identity/verify-worker.ts',
};

export default defineConfig({
  publicDir: false,
  build: {
    ssr: true,
    outDir: 'dist/main',
    target: 'node22',
    emptyOutDir: true,
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: ENTRIES,
      output: {
        format: 'esm',
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name]-[hash].js',
      },
    },
  },
  ssr: { target: 'node', noExternal: true, external: EXTERNAL },
});
