/** How recording came to know something, and how sure it is, in words. */
import type { FilePart } from './answers';
import type { Words } from './words';

/** How the access to a file was seen, the most telling way first; '' where that was not kept. */
export function learnt({ layer = '' }: FilePart, words: Words): string {
  const said: Record<string, string> = {
    audit: words.__('seen in Python'),
    native: words.__('seen in a library'),
    child: words.__('seen in a process of the cell'),
    fanotify: words.__('reported by the system'),
    inotify: words.__('reported by the system'),
    snapshot: words.__('the folder was compared before and after'),
    handle: words.__('open when the cell ended')
  };
  const ways = layer.split(' ').map(name => said[name] ?? name);
  return [...new Set(ways)].filter(way => way !== '').join(', ');
}

/** What speaks against taking it for certain, '' where nothing does. */
export function doubt({ confidence }: FilePart, words: Words): string {
  switch (confidence) {
    case 'named':
      return words.__(
        'Likely: the code names it, but another program may have touched it.'
      );
    case 'unattributed':
      return words.__(
        'Not certain: it was touched while the cell ran, perhaps by another program.'
      );
    default:
      return '';
  }
}

/** Of which moment the digest is. */
export function digestOf({ hash_state }: FilePart, words: Words): string {
  switch (hash_state) {
    case 'at-read':
      return words.__('of the content that was read');
    case 'verified':
      return words.__('of the content, which did not change meanwhile');
    case 'provisional':
      return words.__('taken while it could still have changed');
    default:
      return '';
  }
}
