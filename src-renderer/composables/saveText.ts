/** Offers text as a file to save; where it goes is the person's choice. */
export function saveText(fileName: string, content: string, type = 'application/json'): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser has taken hold of the content when the click returns; a task later it needs the address no more.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
