import { decodeQR } from 'qr/decode.js';

/** Why a file gives no invitation: nothing of this left the machine. */
export type FileFault = 'unreadable' | 'too-large' | 'no-picture-code';

export type FileContent = { readonly text: string } | { readonly fault: FileFault };

const MAX_TEXT_BYTES = 16 * 1024;
const MAX_IMAGE_BYTES = 32 * 1024 * 1024;
/** A photo is read in two sizes: fine modules need the large one, a blurred or noisy one is easier when it is small. */
const LONGEST_SIDES = [1600, 700];
const LONGEST_LOOK_MS = 1500;

/** The text of an invitation file, or what the QR picture in an image says. */
export async function readInvitationFile(file: File): Promise<FileContent> {
  const isImage = file.type.startsWith('image/');
  if (file.size > (isImage ? MAX_IMAGE_BYTES : MAX_TEXT_BYTES)) return { fault: 'too-large' };
  try {
    if (!isImage) return { text: (await file.text()).trim() };
    const image = await createImageBitmap(file);
    const text = textOf(image);
    image.close();
    return text === null ? { fault: 'no-picture-code' } : { text };
  } catch {
    return { fault: 'unreadable' };
  }
}

function textOf(image: ImageBitmap): string | null {
  for (const longest of LONGEST_SIDES) {
    const scale = Math.min(1, longest / Math.max(image.width, image.height));
    const width = Math.max(1, Math.round(image.width * scale));
    const height = Math.max(1, Math.round(image.height * scale));
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (!context) return null;
    // A picture with a transparent background is meant to lie on paper.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    try {
      return decodeQR(context.getImageData(0, 0, width, height), { timeLimit: LONGEST_LOOK_MS });
    } catch {
      // None found in this size.
    }
  }
  return null;
}
