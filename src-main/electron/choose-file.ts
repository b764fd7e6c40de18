/** The system's dialogs for a backup file. */
import { dialog } from 'electron';
import path from 'node:path';
import type { ChooseFile } from '../app/keeping-handlers.ts';

const FILTERS = [
  { name: 'DIVA Node', extensions: ['divabackup'] },
  { name: '*', extensions: ['*'] },
];

export const chooseFile: ChooseFile = async ({ purpose, suggestedPath }) => {
  if (purpose === 'save-backup') {
    const { filePath } = await dialog.showSaveDialog({ defaultPath: suggestedPath, filters: FILTERS });
    return filePath || null;
  }
  const { filePaths } = await dialog.showOpenDialog({
    defaultPath: path.dirname(suggestedPath),
    filters: FILTERS,
    properties: ['openFile'],
  });
  return filePaths[0] ?? null;
};
