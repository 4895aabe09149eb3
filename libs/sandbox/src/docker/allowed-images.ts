import { ImageNotAllowed } from '../sandbox.errors.js';

/** @throws ImageNotAllowed */
export function allowedImage(wanted: string | undefined, allowed: readonly string[]): string {
  const image = wanted ?? allowed[0]!;
  if (!allowed.includes(image)) throw new ImageNotAllowed(image, allowed);
  return image;
}
