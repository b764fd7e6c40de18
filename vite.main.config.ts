import fs from 'node:fs';
import { defineConfig } from 'vite';

// Everything is bundled except Electron itself and the packages with native code: those stay packages, so that
// one copy of each is packed and the bundled noise-handshake and our own code share one sodium.
const EXTERNAL = ['electron', 'better-sqlite3', 'sodium-native'];

const ENTRIES: Record<string, string> = {
  main: 'src-main/electron/main.ts',
  headless: 'src-main/headless/host.ts',
  cli: 'src-main/headless/cli.ts',
  'node-process': 'src-main/headless/node-process.ts',
};

function presentEntries(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ENTRIES).filter(([name, file]) => {
      const present = fs.existsSync(new URL(file, import.meta.url));
      if (!present) console.error(`entry ${name} is not there yet: ${file}`);
      return present;
    }),
  );
}

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
      input: presentEntries(),
      output: {
        format: 'esm',
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name]-[hash].js',
      },
    },
  },
  ssr: { target: 'node', noExternal: true, external: EXTERNAL },
});
