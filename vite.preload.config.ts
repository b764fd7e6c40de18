import { builtinModules } from 'node:module';
import { defineConfig } from 'vite';

// A sandboxed preload can load nothing but `electron` and is one CommonJS file.
export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist/preload',
    target: 'chrome140',
    emptyOutDir: true,
    minify: false,
    lib: { entry: 'src-main/electron/preload.ts', formats: ['cjs'], fileName: () => 'preload.cjs' },
    rolldownOptions: {
      external: ['electron', ...builtinModules, /^node:/],
      output: { codeSplitting: false },
    },
  },
});
