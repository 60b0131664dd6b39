/** HTML from parts, of which every text is escaped unless it was made here. */

/** Made here, and safe as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | readonly Part[];

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that HTML does not allow, or that turn the direction of the text around them, become a replacement mark. */
const escaped = (text: string): string =>
  text.replaceAll(/[^\P{C}\n]/gu, '\u{fffd}').replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '');

function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(textOf).join('');
  return escaped(String(part));
}

/** A template whose values are escaped; lists are put one behind the other. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(texts.map((text, index) => text + (index < parts.length ? textOf(parts[index]!) : '')).join(''));
