/** The nodes of a local network as they look from outside: their REST APIs, and their processes. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { readManifest, type ManifestNode } from '../../src-main/networks/manifest.ts';

/** In the order of their creation; the first is the host's own. */
export function localNodes(dataDir: string): readonly ManifestNode[] {
  const networks = path.join(dataDir, 'networks');
  const [id] = readdirSync(networks).filter((name) => !name.startsWith('.'));
  return readManifest(path.join(networks, id!))!.nodes;
}

export interface ApiBlock {
  readonly height: number;
  readonly hash: string;
  readonly tx: readonly { readonly ident: string; readonly commands: readonly object[] }[];
}

/** Undefined when the node does not run or does not have it. */
export async function blockOf(node: ManifestNode, height: number): Promise<ApiBlock | undefined> {
  const response = await fetch(`http://127.0.0.1:${node.ports.api}/block/${height}`).catch(() => undefined);
  return response?.ok === true ? ((await response.json()) as ApiBlock) : undefined;
}

interface About {
  readonly publicKey: string;
  readonly height: number;
}

/** Undefined when the node does not run: at its port there may be another one by now. */
async function aboutOf(node: ManifestNode): Promise<About | undefined> {
  const response = await fetch(`http://127.0.0.1:${node.ports.api}/about`).catch(() => undefined);
  const about = response?.ok === true ? ((await response.json()) as About) : undefined;
  return about?.publicKey === node.publicKey ? about : undefined;
}

export async function heightOf(node: ManifestNode): Promise<number | undefined> {
  return (await aboutOf(node))?.height;
}

export async function isServed(node: ManifestNode): Promise<boolean> {
  return (await aboutOf(node)) !== undefined;
}
