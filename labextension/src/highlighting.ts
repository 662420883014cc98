/** Lab's own colouring of Python, for whole sources. */
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';

import type { Highlight } from '../../ui/src/Code';

/** Code above this many characters stays plain: parsing it would be felt. */
const LONGEST = 200_000;

export function highlighter(languages: IEditorLanguageRegistry): Highlight {
  return (code, host) => {
    host.textContent = code;
    const python = code.length > LONGEST ? null : languages.findBest('ipython');
    if (python === null) {
      return;
    }
    const coloured = document.createElement('span');
    void languages.highlight(code, python, coloured).then(
      () => {
        if (host.textContent === code) {
          host.replaceChildren(coloured);
        }
      },
      () => undefined
    );
  };
}
