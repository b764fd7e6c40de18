/** Rules about who may import whom. Each takes the files and returns one sentence per problem. */
import type { Import, Source } from './source.ts';

const BELOW_NODE = ['core', 'ledger'];
const BELOW_ADAPTERS = [...BELOW_NODE, 'node'];
const BELOW_NETWORKS = [...BELOW_ADAPTERS, 'storage', 'network', 'identity'];
const BELOW_APP = [...BELOW_NETWORKS, 'networks'];
const BELOW_HOSTS = [...BELOW_APP, 'app', 'api'];

/** Which layers of src-main/ each layer may import besides itself. */
const ALLOWED_LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: BELOW_NODE,
  ledger: BELOW_NODE,
  node: BELOW_NODE,
  storage: BELOW_ADAPTERS,
  network: BELOW_ADAPTERS,
  identity: BELOW_ADAPTERS,
  networks: BELOW_NETWORKS,
  app: BELOW_APP,
  api: BELOW_APP,
  electron: BELOW_HOSTS,
  headless: BELOW_HOSTS,
};

/** Its version is said by the command line and the API. */
const MANIFEST = 'package.json';

const CONTRACT = 'src-main/app/contract/';

/** Packages that only some files may import; a folder ends with a slash. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  electron: ['src-main/electron/'],
  'better-sqlite3': ['src-main/storage/'],
};

/** All that the pure layers may use from outside. */
const PURE_PACKAGES = ['@chainsafe/ssz'];

const SQL = new RegExp(
  [
    String.raw`\bSELECT\s[^]*\sFROM\s`,
    String.raw`\bINSERT\s+(OR\s+\w+\s+)?INTO\s`,
    String.raw`\bUPDATE\s+\w+\s+SET\s`,
    String.raw`\bDELETE\s+FROM\s`,
    String.raw`\b(CREATE|DROP|ALTER)\s+TABLE\s`,
  ].join('|'),
);

export function layerProblems(sources: readonly Source[]): string[] {
  return eachImport(sources, (source, imported) => {
    const from = layerOf(source.path);
    if (from === null || imported.target === null) return null;
    const allowed = ALLOWED_LAYERS[from];
    if (allowed === undefined) return `src-main/${from} is not a layer`;
    if (imported.target === MANIFEST && !BELOW_NODE.includes(from)) return null;
    const to = layerOf(imported.target);
    if (to === null) return `src-main may not import ${imported.target}`;
    const isContractType = from === 'api' && imported.target.startsWith(CONTRACT) && imported.typeOnly;
    return to === from || allowed.includes(to) || isContractType ? null : `${from} may not import ${to}`;
  });
}

/** The window knows the node by the contract's types only. */
export function rendererProblems(sources: readonly Source[]): string[] {
  return eachImport(sources, (source, { target, typeOnly }) => {
    if (!source.path.startsWith('src-renderer/')) return null;
    if (target === null || target.startsWith('src-renderer/')) return null;
    return target.startsWith(CONTRACT) && typeOnly ? null : `the renderer may not import ${target}`;
  });
}

export function packageProblems(sources: readonly Source[]): string[] {
  return eachImport(sources, (source, { specifier, target }) => {
    if (target !== null || !source.path.startsWith('src-')) return null;
    const name = packageOf(specifier);
    const homes = PACKAGE_HOMES[name];
    if (homes !== undefined && !homes.some((home) => source.path.startsWith(home))) {
      return `${name} may only be imported in ${homes.join(', ')}`;
    }
    const isPure = BELOW_NODE.includes(layerOf(source.path) ?? '');
    return isPure && !PURE_PACKAGES.includes(name) ? `a pure layer may not import ${specifier}` : null;
  });
}

/** Relative imports name the file: Node runs the sources as they are. */
export function extensionProblems(sources: readonly Source[]): string[] {
  return eachImport(sources, (_source, { specifier, target }) =>
    target === null || /\.[a-z]+(\?[a-z]+)?$/.test(specifier) ? null : `${specifier} has no extension`,
  );
}

export function cycleProblems(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const finished = new Set<string>();
  const problems: string[] = [];
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start >= 0) {
      problems.push(`circular import: ${[...trail.slice(start), name].join(' -> ')}`);
      return;
    }
    const source = byPath.get(name);
    if (source === undefined || finished.has(name)) return;
    for (const { target } of source.imports) if (target !== null) visit(target, [...trail, name]);
    finished.add(name);
  };
  for (const { path } of sources) visit(path, []);
  return problems;
}

/** ipcRenderer reaches everything in the main process; only the preload may hold it. */
export function ipcProblems(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => path.startsWith('src-') && path !== 'src-main/electron/preload.ts')
    .filter(({ text }) => /\bipcRenderer\b/.test(text))
    .map(({ path }) => `${path}: ipcRenderer belongs to the preload`);
}

export function sqlProblems(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => path.startsWith('src-') && !path.startsWith('src-main/storage/'))
    .filter(({ text }) => SQL.test(text))
    .map(({ path }) => `${path}: SQL belongs to storage/`);
}

function layerOf(path: string): string | null {
  return /^src-main\/([^/]+)/.exec(path)?.[1] ?? null;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function eachImport(
  sources: readonly Source[],
  problemOf: (source: Source, imported: Import) => string | null,
): string[] {
  return sources.flatMap((source) =>
    source.imports.flatMap((imported) => {
      const problem = problemOf(source, imported);
      return problem === null ? [] : [`${source.path}:${imported.line}: ${problem}`];
    }),
  );
}
